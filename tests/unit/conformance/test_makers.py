"""The conformance suite's own maker and reader of metadata, held against files of real clients."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notary_conformance import multipart
from notary_conformance.answer import DisagreementError
from notary_conformance.keys import ecdsa_key, ed25519_key, rsa_key
from notary_conformance.metadata import signed_file, target, targets
from notary_conformance.multipart import Part
from notary_conformance.reader import require_go_form
from notary_conformance.signatures import keys_named, require_threshold

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.keys import KeyPair

DATA = Path(__file__).parents[2] / "data" / "trust"
COLLECTIONS = ["special-chars", "docker-push-basic", "docker-trust-signers", "mixed-keytypes"]
FILES = [file for name in COLLECTIONS for file in sorted((DATA / name).rglob("*.json"))]
_PART = re.compile(
    rb'name="(\w+)"; filename="([^"]+)"\r\nContent-Type: ([^\r]+)\r\n\r\n(.*?)\r\n--', re.DOTALL
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DATA)))
def test_files_of_real_clients_are_in_the_form_the_suite_writes(file: Path) -> None:
    require_go_form(file.read_bytes())


@pytest.mark.parametrize("name", COLLECTIONS)
@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_signatures_of_real_clients_hold(name: str, role: str) -> None:
    root = json.loads((DATA / name / "root.json").read_bytes())["signed"]
    file = json.loads((DATA / name / f"{role}.json").read_bytes())
    keys = keys_named(root["roles"][role]["keyids"], root["keys"])
    require_threshold(file, keys, 1, role)
    file["signed"]["version"] += 1
    with pytest.raises(DisagreementError, match="0 valid signatures"):
        require_threshold(file, keys, 1, role)


@pytest.mark.parametrize("name", ["first-publish", "delegation-publish", "empty-publish"])
def test_bodies_are_those_of_docker_but_for_the_boundary(name: str) -> None:
    raw = (DATA / "wire" / f"{name}.multipart").read_bytes()
    boundary = raw.strip().partition(b"\r\n")[0].removeprefix(b"--").removesuffix(b"--")
    parts = [
        Part(filename.decode(), content, field.decode(), kind.decode())
        for field, filename, kind, content in _PART.findall(raw)
    ]
    assert multipart.body(parts).replace(multipart.BOUNDARY.encode(), boundary) == raw


@pytest.mark.parametrize("make", [ecdsa_key, ed25519_key, rsa_key])
def test_what_the_suite_signs_it_believes_only_under_the_right_key(
    make: Callable[[], KeyPair],
) -> None:
    key, stranger = make(), ecdsa_key()
    file = json.loads(signed_file(targets({"<1.0>": target()}), (key,)))
    require_threshold(file, {key.id: key.named}, 1, "targets")
    with pytest.raises(DisagreementError):
        require_threshold(file, {stranger.id: stranger.named}, 1, "targets")
