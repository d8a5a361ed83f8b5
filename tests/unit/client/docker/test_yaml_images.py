from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from sealyard.client.docker.errors import FileNotResolvedError
from sealyard.client.docker.yaml_images import resolved_yaml

if TYPE_CHECKING:
    from sealyard.oci.references import ImageReference

DIGEST = "sha256:" + "cd" * 32


def signed(reference: ImageReference) -> str:
    return f"{reference.gun}@{DIGEST}"


def resolved(text: str, **variables: str) -> str:
    return resolved_yaml("compose.yaml", text, signed, variables)


def test_the_images_of_services_are_named_by_digest_and_comments_stay() -> None:
    text = "# top\nservices:\n  web:\n    image: nginx:1   # the web\n    ports: ['80:80']\n"
    assert resolved(text) == text.replace("nginx:1", f"docker.io/library/nginx@{DIGEST}")


@pytest.mark.parametrize("value", ["nginx:1", "'nginx:1'", '"nginx:1"', "&x nginx:1"])
def test_a_name_may_be_written_in_any_way_that_yaml_has(value: str) -> None:
    new = yaml.safe_load(resolved(f"services:\n  web:\n    image: {value}\n    x: 1\n"))
    assert new == {"services": {"web": {"image": f"docker.io/library/nginx@{DIGEST}", "x": 1}}}


def test_anchors_and_merges_are_followed_and_replaced_once() -> None:
    text = (
        "x-base: &base\n  image: app.example/a:1\nservices:\n  one: *base\n"
        "  two:\n    <<: *base\n    tty: true\n"
    )
    new = yaml.safe_load(resolved(text))
    expected = f"app.example/a@{DIGEST}"
    assert [one["image"] for one in new["services"].values()] == [expected, expected]


def test_variables_are_expanded_before_the_name_is_looked_up() -> None:
    text = "services: {a: {image: 'app.example/${NAME:-x}:$TAG'}}\n"
    assert f"app.example/x@{DIGEST}" in resolved(text, TAG="1")
    with pytest.raises(FileNotResolvedError, match="TAG has no value"):
        resolved(text)


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a:\n    build: .\n",
        "services:\n  a:\n    image: x\n    build: {context: .}\n",
        "include: [other.yaml]\nservices: {a: {image: x}}\n",
        "services:\n  a:\n    extends: {file: o.yaml, service: b}\n",
        "services: [a]\n",
        "services: {a: {image: }}\n",
        "services: {a: {image: [x]}}\n",
        "services:\n  a:\n    image: >-\n      x\n    tty: true\n",
        "volumes: {}\n",
        "- a\n",
        "a: [\n",
    ],
)
def test_what_cannot_be_told_from_the_file_alone_is_refused(text: str) -> None:
    with pytest.raises(FileNotResolvedError, match=r"compose\.yaml, line \d"):
        resolved(text)


def test_containers_of_manifests_are_found_in_every_document() -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n"
        "      initContainers:\n      - {name: i, image: app.example/i:1}\n"
        "      containers:\n      - name: c\n        image: app.example/c:1\n"
        "---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: app.example/p:1}]}\n"
        "---\napiVersion: v1\nkind: ConfigMap\ndata: {image: app.example/left:1}\n"
    )
    new = resolved(text)
    assert new.count(DIGEST) == 3
    assert "app.example/left:1" in new
