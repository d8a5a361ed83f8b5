from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.client.docker.arguments import invocation, read
from sealyard.client.docker.build import build, has_heredocs
from sealyard.client.docker.errors import ArgumentsNotReadError
from sealyard.client.docker.flags import BUILD, GROUPS, HARMLESS, PULL, RUN, VERIFIED

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.oci.references import ImageReference

DIGEST = "sha256:" + "ef" * 32


def signed(reference: ImageReference) -> str:
    return f"{reference.gun}@{DIGEST}"


def image_of(*words: str) -> str:
    given = read("run", words, RUN)
    return given.words[given.positions[0]]


@pytest.mark.parametrize(
    "words",
    [
        ("IMAGE", "-it", "sh"),
        ("-it", "IMAGE"),
        ("-itd", "--rm", "IMAGE", "sh", "-c", "x"),
        ("-e", "A=b", "-eC=d", "-e=E", "--env", "F", "--env=G", "IMAGE"),
        ("-itv", "/a:/b", "IMAGE"),
        ("--tty=false", "-i=true", "IMAGE"),
        ("--", "IMAGE"),
        ("-p", "80", "--name=x", "--network", "y", "IMAGE", "--name", "z"),
    ],
)
def test_the_image_is_found_as_docker_finds_it(words: tuple[str, ...]) -> None:
    assert image_of(*words) == "IMAGE"


@pytest.mark.parametrize("word", ["--unknown", "-Z", "-itZ", "--unknown=x", "--e", "--i"])
def test_a_flag_that_is_not_known_ends_it(word: str) -> None:
    with pytest.raises(ArgumentsNotReadError, match="not known here"):
        image_of(word, "x", "IMAGE")


def test_a_flag_without_its_value_ends_it() -> None:
    with pytest.raises(ArgumentsNotReadError, match="needs a value"):
        image_of("--name")


def test_flags_of_a_pull_may_come_last() -> None:
    given = read("pull", ("IMAGE", "-q", "--platform", "linux/arm64"), PULL)
    assert [given.words[at] for at in given.positions] == ["IMAGE"]
    assert given.is_on("q", "quiet")
    assert given.without("q", "platform") == ["IMAGE"]


@pytest.mark.parametrize(
    ("text", "on"), [("", True), ("=1", True), ("=T", True), ("=false", False)]
)
def test_a_switch_may_have_a_value(text: str, *, on: bool) -> None:
    given = read("pull", (f"--disable-content-trust{text}",), PULL)
    assert given.is_on("disable-content-trust") is on


def test_a_switch_with_another_value_ends_it() -> None:
    with pytest.raises(ArgumentsNotReadError, match="true or false"):
        read("pull", ("--quiet=maybe",), PULL).is_on("quiet")


def test_a_call_is_divided_into_dockers_flags_its_command_and_the_rest() -> None:
    call = invocation(["-H", "unix:///x", "--debug", "image", "pull", "-q", "IMAGE"])
    assert call.before.words == ("-H", "unix:///x", "--debug")
    assert (call.path, call.rest) == ("image/pull", ("-q", "IMAGE"))
    assert invocation(["run", "pull"]).path == "run"
    assert invocation(["--version"]).path == ""
    assert invocation([]).path == ""
    with pytest.raises(ArgumentsNotReadError):
        invocation(["--unknown", "pull", "IMAGE"])


def test_no_command_is_both_verified_and_harmless() -> None:
    assert not set(VERIFIED) & HARMLESS
    assert not {path for path in HARMLESS if path in GROUPS}
    assert all(path.partition("/")[0] in GROUPS for path in (*HARMLESS, *VERIFIED) if "/" in path)


def asked(*words: str) -> tuple[str, ...]:
    return build(read("build", words, BUILD), {"FROM_OUTSIDE": "1"}, signed).arguments


def test_a_build_keeps_its_words_but_for_file_and_trust(tmp_path: Path) -> None:
    place = str(tmp_path)
    words = ("-t", "x", "-f", f"{place}/D", "--disable-content-trust=false", place, "--no-cache")
    assert asked(*words) == ("-t", "x", place, "--no-cache")
    given = read("build", ("--build-arg", "A=1", "--build-arg=FROM_OUTSIDE", place), BUILD)
    assert build(given, {"FROM_OUTSIDE": "2"}, signed).build_args == {"A": "1", "FROM_OUTSIDE": "2"}


def test_an_image_as_a_context_is_taken_by_its_digest(tmp_path: Path) -> None:
    words = (
        "--build-context",
        "base=docker-image://alpine:3",
        "--build-context=x=.",
        str(tmp_path),
    )
    made = asked(*words)
    assert made[0] == f"--build-context=base=docker-image://docker.io/library/alpine@{DIGEST}"
    assert made[1:] == ("--build-context=x=.", str(tmp_path))


@pytest.mark.parametrize(
    "words",
    [
        ("--push",),
        ("-o", "type=registry"),
        ("--output=type=image,push=true"),
        ("--cache-from", "x"),
        ("--build-context", "a=https://x/y.git"),
        ("--build-context", "a=oci-layout://x"),
        ("--build-arg", "BUILDKIT_SYNTAX=evil"),
        ("--build-arg", "BUILDKIT_SYNTAX"),
        ("-f", "https://x/Dockerfile"),
        ("another",),
    ],
)
def test_what_would_bring_in_or_send_unverified_images_is_refused(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(ArgumentsNotReadError, match="docker build was not run"):
        asked(*words, str(tmp_path))


@pytest.mark.parametrize("context", ["-", "https://x/y.git", "git@x:y", "not-there"])
def test_a_context_that_is_no_folder_is_refused(context: str) -> None:
    with pytest.raises(ArgumentsNotReadError, match="not a folder"):
        asked(context)


def test_the_dockerfile_is_in_the_context_unless_it_is_named(tmp_path: Path) -> None:
    given = read("build", (str(tmp_path),), BUILD)
    assert build(given, {}, signed).dockerfile == tmp_path / "Dockerfile"
    given = read("build", ("-f", "-", str(tmp_path)), BUILD)
    assert build(given, {}, signed).dockerfile is None


def test_here_documents_are_noticed() -> None:
    assert has_heredocs("FROM x\nRUN <<E\nE\n")
    assert not has_heredocs("FROM x\nRUN echo\n")
