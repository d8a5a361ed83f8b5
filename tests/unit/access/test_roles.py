"""The roles: who may do what is exactly what the documentation promises."""

from __future__ import annotations

import pytest

from sealyard.access.actions import REPOSITORY_ACTIONS, Action
from sealyard.access.errors import RoleUnknownError
from sealyard.access.roles import ROLES, role, roles_with


@pytest.mark.parametrize(
    ("name", "repository_actions"),
    [
        ("Owner", "delete metadata_read metadata_write pull push"),
        ("Contributor", "delete metadata_read metadata_write pull push"),
        ("Reader", "metadata_read pull"),
        ("AcrPush", "metadata_read pull push"),
        ("AcrPull", "metadata_read pull"),
        ("AcrDelete", "delete metadata_read"),
        ("AcrImageSigner", "sign"),
        ("User Access Administrator", "metadata_read pull"),
    ],
)
def test_each_role_does_what_it_says_with_images(name: str, repository_actions: str) -> None:
    assert sorted(role(name).actions & REPOSITORY_ACTIONS) == repository_actions.split()


def test_the_signer_role_does_nothing_but_sign() -> None:
    assert role("AcrImageSigner").actions == {Action.SIGN}
    assert roles_with(Action.SIGN) == ("AcrImageSigner",)


def test_only_two_roles_grant_roles() -> None:
    assert set(roles_with(Action.ROLES_WRITE)) == {"Owner", "User Access Administrator"}


def test_only_an_owner_changes_the_directory() -> None:
    assert roles_with(Action.DIRECTORY_WRITE) == ("Owner",)


def test_policy_is_changed_by_owners_and_contributors() -> None:
    assert set(roles_with(Action.POLICY_WRITE)) == {"Owner", "Contributor"}


def test_no_role_holds_everything() -> None:
    assert all(known.actions != frozenset(Action) for known in ROLES)


@pytest.mark.parametrize(
    "text",
    [
        "AcrImageSigner",
        "acrimagesigner",
        "6cef56e8-d556-48e5-a04f-b8e64114680f",
        "6CEF56E8-D556-48E5-A04F-B8E64114680F",
        "/providers/Microsoft.Authorization/roleDefinitions/6cef56e8-d556-48e5-a04f-b8e64114680f",
    ],
)
def test_a_role_is_found_by_name_id_and_resource_id(text: str) -> None:
    assert role(text).name == "AcrImageSigner"


@pytest.mark.parametrize("text", ["", "AcrImageSigners", "Owner ", "x" * 10_000])
def test_an_unknown_role_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(RoleUnknownError, match="AcrPush") as caught:
        role(text)
    assert len(str(caught.value)) < 400


def test_ids_and_names_are_unique() -> None:
    assert len({known.id for known in ROLES}) == len({known.name for known in ROLES}) == 8
