"""Publishing through the door: forms as the real clients write them, refusals they can show."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sealyard.api.http import ClientGoneError, Request
from sealyard.api.trust.multipart import uploaded_files
from trust_owner import GUN, KeyPair, sign_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from trust_client import Client

WIRE = Path(__file__).parents[2] / "data" / "trust" / "wire"
FORM = {"Content-Type": "multipart/form-data; boundary=B"}


def _error(answer: httpx.Response) -> dict[str, object]:
    assert len(answer.content) <= 1024, "clients read no more"
    errors = answer.json()["errors"]
    assert len(errors) == 1
    error: dict[str, object] = errors[0]
    return error


def _shown(answer: httpx.Response) -> tuple[str, str, str]:
    """Return what a client shows of a refusal: code, name and sentence."""
    assert answer.status_code == 400, answer.text
    error = _error(answer)
    detail = error["detail"]
    assert isinstance(detail, dict)
    return str(error["code"]), detail["Name"], detail["Error"]["Msg"]


@pytest.mark.parametrize(
    ("sample", "roles"),
    [
        ("first-publish", {"root", "targets"}),
        ("delegation-publish", {"targets/releases", "targets/alice"}),
        ("empty-publish", set()),
    ],
)
def test_the_forms_that_docker_wrote_are_read(sample: str, roles: set[str]) -> None:
    body = (WIRE / f"{sample}.multipart").read_bytes()
    boundary = body.strip().splitlines()[0].removeprefix(b"--").removesuffix(b"--")
    kind = b"multipart/form-data; boundary=" + boundary
    files = uploaded_files(kind, body, 128)
    assert {file.role.text for file in files} == roles
    assert all(json.loads(file.raw)["signed"] for file in files)


def test_an_empty_form_is_accepted_with_exactly_200(client: Client) -> None:
    client.published()
    answer = client.ask("POST", "tuf/", headers=FORM, content=b"\r\n--B--\r\n")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


def test_the_field_name_means_nothing_and_one_json_is_taken_off(client: Client) -> None:
    owner = client.published()
    answer = client.post_parts([('filename="targets.json"', owner.add("v1"))])
    assert answer.status_code == 200
    owner.delegate("targets/alice")
    files = {"targets": owner.targets_file(), "targets/alice": owner.add("1", role="targets/alice")}
    assert client.publish(files).status_code == 200
    raw = files["targets/alice"]
    digest = hashlib.sha256(raw).hexdigest()
    for path in ("targets/alice", "1.targets/alice", f"targets/alice.{digest}"):
        assert client.get(f"tuf/{path}.json").content == raw, path


def test_a_refused_update_changes_nothing_and_says_why(client: Client) -> None:
    owner = client.published()
    before = client.get("tuf/timestamp.json").content
    owner.delegate("targets/a")
    stranger = sign_file(owner.empty_targets(), [KeyPair.bare()])
    answer = client.publish({"targets": owner.targets_file(), "targets/a": stranger})
    assert _shown(answer) == (
        "INVALID_UPDATE",
        "ErrBadTargets",
        "valid signatures did not meet threshold for targets/a",
    )
    assert client.get("tuf/timestamp.json").content == before


def test_a_missing_snapshot_names_what_is_missing(client: Client) -> None:
    owner = client.owner()
    root = owner.rotate(snapshot=KeyPair.bare().public)
    answer = client.publish({"root": root, "targets": owner.targets_file()})
    code, name, _ = _shown(answer)
    assert (code, name) == ("INVALID_UPDATE", "ErrBadHierarchy")
    assert answer.json()["errors"][0]["detail"]["Error"]["Missing"] == "snapshot"


def test_an_older_version_is_told_as_such_with_a_sentence(client: Client) -> None:
    owner = client.published()
    code, name, text = _shown(client.publish({"targets": owner.targets_file()}))
    assert (code, name) == ("VERSION", "ErrValidation")
    assert "fetch the present trust data and try again" in text


def test_a_pusher_without_the_signer_role_reads_which_one_is_missing(client: Client) -> None:
    owner = client.owner()
    answer = client.publish({"root": owner.root_file()}, who="pusher")
    code, name, text = _shown(answer)
    assert (code, name) == ("INVALID_UPDATE", "ErrValidation")
    assert "AcrImageSigner" in text
    assert client.worker.log()[-1].outcome == "refused"


def test_a_registry_without_content_trust_says_who_turns_it_on(client: Client) -> None:
    owner = client.owner()
    client.worker.turn(enabled=False)
    code, name, text = _shown(client.publish({"root": owner.root_file()}))
    assert (code, name) == ("INVALID_UPDATE", "ErrValidation")
    assert "an Owner can enable it" in text
    assert client.get("tuf/root.json").status_code == 404


@pytest.mark.parametrize("who", [None, "narrow", "unknown"])
def test_who_has_not_signed_in_is_asked_to(client: Client, who: str | None) -> None:
    answer = client.ask("POST", "tuf/", who=who, headers=FORM, content=b"--B--\r\n")
    assert answer.status_code == 401
    assert f'scope="repository:{GUN}:push,pull"' in answer.headers["www-authenticate"]


def test_a_foreign_name_is_refused(client: Client) -> None:
    answer = client.publish({}, gun="elsewhere.example/app")
    code, _, text = _shown(answer)
    assert code == "INVALID_GUN"
    assert "localhost:5443/<repository>" in text


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        (FORM, b""),
        (FORM, b"garbage" * 100),
        (FORM, b"--B\r\nContent-Dispo"),
        (FORM, b'--B\r\nContent-Disposition: form-data; filename="root"\r\n\r\n{"signed"'),
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "multipart/form-data"}, b"--B--\r\n"),
        ({"Content-Type": "multipart/form-data; boundary=" + "B" * 300}, b"--B--\r\n"),
        ({"Content-Type": "multipart/mixed; boundary=B"}, b"--B--\r\n"),
        ({}, b"--B--\r\n"),
    ],
)
def test_a_body_that_is_no_form_is_malformed(
    client: Client, headers: dict[str, str], content: bytes
) -> None:
    client.published()
    answer = client.ask("POST", "tuf/", headers=headers, content=content)
    assert _shown(answer)[0] == "MALFORMED_UPLOAD"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"not json", b'{"signed":{"version":1.5}}'])
def test_a_part_that_is_no_metadata_is_malformed(client: Client, raw: bytes) -> None:
    client.published()
    assert _shown(client.publish({"targets": raw}))[0] == "MALFORMED_JSON"


@pytest.mark.parametrize("named", ["", 'filename=""', 'filename=".json"'])
def test_a_part_without_a_role_is_refused(client: Client, named: str) -> None:
    client.published()
    assert _shown(client.post_parts([(named, b"{}")]))[0] == "NO_FILENAME"


@pytest.mark.parametrize("role", ["bogus", "Targets", "targets//a", "targets/../root", "root/a"])
def test_a_role_that_cannot_exist_is_named(client: Client, role: str) -> None:
    client.published()
    answer = client.publish({role: b"{}"})
    error = _error(answer)
    assert (answer.status_code, error["code"], error["detail"]) == (400, "INVALID_ROLE", role)


def test_the_longest_role_still_makes_a_readable_refusal(client: Client) -> None:
    assert _error(client.publish({"targets/" + "é" * 2000: b"{}"}))["code"] == "INVALID_ROLE"


def test_too_many_parts_or_bytes_are_refused_in_words(client: Client) -> None:
    client.published()
    parts = [(f'filename="targets/r{number}"', b"{}") for number in range(129)]
    assert "over the limit of 128" in _shown(client.post_parts(parts))[2]
    size = client.worker.limits.upload_bytes + 1
    answer = client.ask("POST", "tuf/", headers=FORM, content=b" " * size)
    assert "the upload is over the limit" in _shown(answer)[2]


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(client: Client) -> None:
    client.published()
    before = client.get("tuf/timestamp.json").content
    messages: Iterator[dict[str, object]] = iter(
        [
            {"type": "http.request", "body": b"--B\r\n", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(_message: object) -> None:
        message = "nobody reads an answer"
        raise AssertionError(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/v2/{GUN}/_trust/tuf/",
        "headers": [
            (b"authorization", b"Bearer signer"),
            (b"content-type", b"multipart/form-data; boundary=B"),
        ],
    }
    with pytest.raises(ClientGoneError):
        asyncio.run(client.door(Request(scope, receive), send))
    assert client.get("tuf/timestamp.json").content == before
