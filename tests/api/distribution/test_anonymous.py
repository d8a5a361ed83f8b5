"""Pulling without signing in, where everybody may: served as quickly, and nothing but pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.access.actions import Action
from sealyard.access.rights import Rights
from sealyard.api.http import Asked

if TYPE_CHECKING:
    from registry_client import RegistryClient

WAYS = (None, "anonymous")


@pytest.fixture
def opened(client: RegistryClient) -> RegistryClient:
    client.callers.everybody = Rights(under={"": frozenset({Action.PULL})})
    return client


@pytest.mark.parametrize("who", WAYS)
def test_everybody_pulls_and_lists_tags(opened: RegistryClient, who: str | None) -> None:
    digest = opened.push_image("team/app", "latest")
    for path in ("manifests/latest", f"manifests/{digest}", "tags/list", f"referrers/{digest}"):
        assert opened.ask("GET", f"/v2/team/app/{path}", who=who).status_code == 200


@pytest.mark.parametrize("path", ["/v2/team/app/manifests/latest", "/v2/team/app/tags/list"])
def test_what_is_ready_is_ready_for_everybody(opened: RegistryClient, path: str) -> None:
    opened.push_image("team/app", "latest")
    for authorization in (None, b"Bearer anonymous"):
        opened.ask("GET", path, who="owner")
        asked = Asked("GET", path, b"", authorization, "192.0.2.1")
        assert opened.door.ready(asked) is not None
        opened.callers.everybody = Rights()
        assert opened.door.ready(asked) is None
        assert opened.ask("GET", path, who=None).status_code == 401
        opened.callers.everybody = Rights(under={"": frozenset({Action.PULL})})


@pytest.mark.parametrize("who", WAYS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/_catalog"),
        ("PUT", "/v2/team/app/manifests/latest"),
        ("POST", "/v2/team/app/blobs/uploads/"),
        ("DELETE", "/v2/team/app/manifests/latest"),
    ],
)
def test_for_all_else_one_signs_in(
    opened: RegistryClient, who: str | None, method: str, path: str
) -> None:
    opened.push_image("team/app", "latest")
    answer = opened.ask(method, path, who=who)
    assert answer.status_code == 401
    assert "/oauth2/token" in answer.headers["www-authenticate"]


def test_the_base_still_tells_where_to_sign_in_and_greets_the_anonymous_token(
    opened: RegistryClient,
) -> None:
    assert opened.ask("GET", "/v2/", who=None).status_code == 401
    assert opened.ask("GET", "/v2/", who="anonymous").status_code == 200
    opened.callers.everybody = Rights()
    assert opened.ask("GET", "/v2/", who="anonymous").status_code == 401
