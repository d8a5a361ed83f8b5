from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.client.docker.dockerfile import resolved_dockerfile, uses
from sealyard.client.docker.errors import FileNotResolvedError
from sealyard.oci.references import ImageReference
from sealyard.trust.errors import NotSignedError

DIGEST = "sha256:" + "ab" * 32


def signed(reference: ImageReference) -> str:
    return f"{reference.gun}@{DIGEST}"


def resolved(text: str, **build_args: str) -> str:
    return resolved_dockerfile("Dockerfile", text, signed, build_args)


def images(text: str, **build_args: str) -> list[str]:
    return [use.image for use in uses("Dockerfile", text, build_args)]


def test_a_base_image_is_named_by_its_digest_and_nothing_else_changes() -> None:
    text = "# a comment\n\nFROM  alpine:3   AS  base # not a comment\n"
    with pytest.raises(FileNotResolvedError):  # docker takes that for words too many
        resolved(text)
    text = "# a comment\r\n\r\nFROM  alpine:3   AS  base\r\nRUN echo  x\r\n"
    assert resolved(text) == text.replace("alpine:3", f"docker.io/library/alpine@{DIGEST}")


def test_stages_scratch_and_digests_are_left_alone() -> None:
    text = (
        f"FROM golang:1 AS Build\nFROM build AS next\nFROM scratch\nFROM x/y@{DIGEST}\n"
        "COPY --from=BUILD /a /a\nCOPY --from=0 /a /a\nCOPY --from=next /a /a\n"
    )
    assert images(text) == ["golang:1", f"x/y@{DIGEST}"]
    assert resolved(text).count("@") == 2


def test_a_stage_that_comes_later_is_no_stage_yet() -> None:
    assert images("FROM later\nFROM alpine AS later\n") == ["later", "alpine"]


def test_a_number_beyond_the_stages_is_an_image() -> None:
    assert images("FROM alpine\nCOPY --from=7 /a /a\n") == ["alpine", "7"]


def test_arguments_before_the_first_stage_are_expanded() -> None:
    text = (
        "ARG REPO=debian\nARG TAG=${OTHER:-12} OTHER2\nFROM ${REPO}:${TAG}\nARG REPO=evil\n"
        "FROM $REPO:11\n"
    )
    assert images(text) == ["debian:12", "debian:11"]
    assert images(text, REPO="ubuntu") == ["ubuntu:12", "ubuntu:11"]


def test_a_build_argument_that_is_not_declared_has_no_say() -> None:
    with pytest.raises(FileNotResolvedError, match="TAG has no value"):
        images("FROM alpine:$TAG\n", TAG="3")


@pytest.mark.parametrize(
    "name", ["alpine:${TAG#1}", "alpine:$(id)", "alpine:${}", "alpine:$", "alpine:${A:?b}"]
)
def test_a_form_of_variable_that_is_not_known_is_refused(name: str) -> None:
    with pytest.raises(FileNotResolvedError):
        images(f"ARG TAG=1\nFROM {name}\n")


def test_copies_and_mounts_from_images_are_found() -> None:
    text = (
        "FROM scratch\nCOPY --chown=1 --from=nginx:1 /a /b\n"
        "RUN --network=none --mount=type=bind,from=golang:1,target=/x --mount=type=cache,target=/y "
        "make --from=not-a-flag\nONBUILD COPY --from=redis:7 /a /a\n"
    )
    assert images(text) == ["nginx:1", "golang:1", "redis:7"]
    assert f"from=docker.io/library/golang@{DIGEST},target" in resolved(text)


def test_a_source_with_a_variable_or_a_quote_is_refused() -> None:
    for source in ("$X", '"nginx"', "'nginx'"):
        with pytest.raises(FileNotResolvedError, match="written out"):
            images(f"FROM scratch\nCOPY --from={source} /a /b\n")


def test_the_program_that_reads_the_file_is_an_image_too() -> None:
    assert images("# syntax=docker/dockerfile:1\nFROM scratch\n") == ["docker/dockerfile:1"]
    assert images("#unknown=1\n#SYNTAX = x/y\nFROM scratch\n") == ["x/y"]


def test_a_directive_behind_anything_else_is_a_comment() -> None:
    assert images("\n# syntax=x/y\nFROM scratch\n") == []
    assert images("FROM scratch\n# syntax=x/y\n") == []


@pytest.mark.parametrize(
    "text", ["#!/bin/x\n# syntax=x\n", "// syntax=x\n", '{"syntax":"x"}\n', "\ufeffFROM a\n"]
)
def test_other_ways_to_name_that_program_are_refused(text: str) -> None:
    with pytest.raises(FileNotResolvedError, match="begin"):
        images(text + "FROM scratch\n")


def test_an_instruction_goes_on_over_lines_and_comments() -> None:
    text = "FROM \\\n  # comment\n\n  alpine:3 \\\n AS x\nFROM x\n"
    assert images(text) == ["alpine:3"]
    assert resolved(text) == text.replace("alpine:3", f"docker.io/library/alpine@{DIGEST}")


def test_the_escape_character_can_be_another_one() -> None:
    text = "# escape=`\nFROM `\n  alpine:3\nRUN c:\\\nFROM redis:7\n"
    assert images(text) == ["alpine:3", "redis:7"]


def test_what_stands_in_a_here_document_is_no_instruction() -> None:
    text = (
        "FROM alpine\nRUN <<EOF cat <<-'TWO'\nFROM a\nEOF\n\tFROM b\n\tTWO\n"
        "COPY <<X /a\nFROM c\nX\nFROM redis:7\n"
    )
    assert images(text) == ["alpine", "redis:7"]


@pytest.mark.parametrize(
    "line", ["RUN echo $((1<<EOF))", "RUN cat <<<EOF", "LABEL a=<<EOF", "RUN echo '<<EOF'"]
)
def test_what_only_looks_like_a_here_document_hides_nothing(line: str) -> None:
    assert images(f"FROM alpine\n{line}\nFROM redis:7\n") == ["alpine", "redis:7"]


def test_a_here_document_without_an_end_is_refused() -> None:
    with pytest.raises(FileNotResolvedError, match="does not end") as caught:
        images("FROM alpine\nRUN <<EOF\nFROM redis:7\n")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "text", ["FORM alpine\n", "FROM\n", "FROM a b\n", "FROM a IS b\n", "FROM A:B\n"]
)
def test_what_docker_would_not_take_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(FileNotResolvedError, match="line 1"):
        resolved(text)


def test_names_of_other_contexts_are_no_images() -> None:
    text = "FROM base\nCOPY --from=assets /a /a\n"
    assert uses("Dockerfile", text, {}, ("base", "assets")) == []


def test_an_image_that_nobody_signed_ends_it() -> None:
    def unsigned(reference: ImageReference) -> str:
        raise NotSignedError(str(reference.tag))

    with pytest.raises(NotSignedError):
        resolved_dockerfile("Dockerfile", "FROM alpine:3\n", unsigned)


@given(st.text(alphabet="FROMAscratch=$\\{}<>\"'#\n\t -x:1", max_size=80))
def test_whatever_a_file_holds_only_names_of_images_change(text: str) -> None:
    try:
        found = uses("Dockerfile", text)
        new = resolved("" + text)
    except FileNotResolvedError:
        return
    kept = text
    for use in sorted(found, key=lambda one: one.start, reverse=True):
        reference = ImageReference.familiar(use.image)
        if reference.digest is None:
            kept = kept[: use.start] + signed(reference) + kept[use.end :]
    assert new == kept
