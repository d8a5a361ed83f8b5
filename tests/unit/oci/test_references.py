from __future__ import annotations

import pytest

from sealyard.oci.digest import Digest
from sealyard.oci.errors import (
    InvalidDigestError,
    InvalidReferenceError,
    InvalidRepositoryNameError,
    InvalidTagError,
)
from sealyard.oci.references import ImageReference, repository_name, tag, tag_or_digest

DIGEST = Digest.of(b"x")


@pytest.mark.parametrize(
    "text", ["a", "app", "team/app", "a.b/c__d/e---f", "0", "a" * 255, "v2/manifests/blobs"]
)
def test_names_by_the_grammar_are_taken(text: str) -> None:
    assert repository_name(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "a/",
        "/a",
        "a//b",
        "a..b",
        "a___b",
        "-a",
        "a-",
        "a" * 256,
        "a\n",
        "é",
        "../a",
        "a:b",
    ],
)
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(InvalidRepositoryNameError) as caught:
        repository_name(text)
    assert caught.value.text == text


def test_a_name_made_to_be_slow_is_refused_at_once() -> None:
    with pytest.raises(InvalidRepositoryNameError):
        repository_name("a-" * 127)


@pytest.mark.parametrize("text", ["latest", "_x", "1.0-rc.1", "A" * 128])
def test_tags_by_the_grammar_are_taken(text: str) -> None:
    assert tag(text) == text


@pytest.mark.parametrize("text", ["", ".x", "-x", "a" * 129, "a b", "a/b", "a\n", "ä"])
def test_other_tags_are_refused(text: str) -> None:
    with pytest.raises(InvalidTagError):
        tag(text)


def test_a_colon_makes_it_a_digest() -> None:
    assert tag_or_digest(str(DIGEST)) == DIGEST
    assert tag_or_digest("latest") == "latest"
    with pytest.raises(InvalidDigestError):
        tag_or_digest("sha256:totallywrong")


@pytest.mark.parametrize(
    ("text", "host", "repository", "tagged", "digest"),
    [
        ("localhost:5443/app", "localhost:5443", "app", "latest", None),
        ("localhost/team/app:1.0", "localhost", "team/app", "1.0", None),
        ("r.example.com/a/b/c:x", "r.example.com", "a/b/c", "x", None),
        (f"[::1]:5443/app@{DIGEST}", "[::1]:5443", "app", None, DIGEST),
        (f"localhost:1/app:1@{DIGEST}", "localhost:1", "app", "1", DIGEST),
    ],
)
def test_an_image_is_named_by_host_repository_tag_and_digest(
    text: str, host: str, repository: str, tagged: str | None, digest: Digest | None
) -> None:
    reference = ImageReference.parse(text)
    assert reference == ImageReference(host, repository, tagged, digest)
    assert ImageReference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app",
        "team/app",
        "localhost:5443",
        "localhost:5443/",
        "localhost:5443/A",
        "a b.c/app",
        "localhost:5443/app:",
        "localhost:5443/app@",
        "-x.example.com/app",
        "localhost:x/app",
    ],
)
def test_a_name_without_its_host_or_against_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(InvalidReferenceError):
        ImageReference.parse(text)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("alpine", "docker.io/library/alpine:latest"),
        ("alpine:3", "docker.io/library/alpine:3"),
        ("team/app", "docker.io/team/app:latest"),
        ("docker.io/alpine", "docker.io/library/alpine:latest"),
        ("index.docker.io/team/app:1", "docker.io/team/app:1"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5443/app:v1", "localhost:5443/app:v1"),
        ("registry.example/a/b/c", "registry.example/a/b/c:latest"),
        (f"alpine@{DIGEST}", f"docker.io/library/alpine@{DIGEST}"),
        (f"app.example/x:1@{DIGEST}", f"app.example/x:1@{DIGEST}"),
    ],
)
def test_short_names_mean_what_they_mean_to_docker(text: str, whole: str) -> None:
    assert str(ImageReference.familiar(text)) == whole


@pytest.mark.parametrize("text", ["", "/", "Alpine", "a b", "docker.io/", "x/", "localhost:5443/"])
def test_a_short_name_that_docker_refuses_is_refused(text: str) -> None:
    with pytest.raises(InvalidReferenceError):
        ImageReference.familiar(text)


def test_trust_data_speaks_of_a_repository_with_its_host() -> None:
    assert ImageReference.parse("localhost:5443/team/app:v1").gun == "localhost:5443/team/app"
