"""Files that docker and notary wrote: every one verifies, and none that was tampered with."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sealyard.trust.canonical import wire
from sealyard.trust.errors import TrustError
from sealyard.trust.generation import file_bytes
from sealyard.trust.limits import TrustLimits
from sealyard.trust.signed_file import (
    SignedFile,
    parse_root,
    parse_snapshot,
    parse_targets,
    parse_timestamp,
)
from sealyard.trust.trusted_set import TrustedSet

if TYPE_CHECKING:
    from sealyard.trust.metadata import Root, Snapshot, Targets, Timestamp

DATA = Path(__file__).parents[2] / "data" / "trust"
LIMITS = TrustLimits()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IN_2016 = datetime(2016, 8, 1, tzinfo=UTC)  # later the certificate of notary 0.3 has expired
SAMPLES = [
    ("docker-push-basic", "localhost:5443/probe/app", NOW, "multi"),
    ("docker-trust-signers", "localhost:5444/team/svc", NOW, "9"),
    ("mixed-keytypes", "example.com/rsa", NOW, "v1"),
    ("special-chars", "ex.com/Special_Name/ünï", NOW, 'a<b>&"c\\d é'),
    ("notary-0.1", "docker.com/notary0.1/samplerepo", IN_2016, "LICENSE"),
    ("notary-0.3", "docker.com/notary0.3/tst", IN_2016, "hello"),
]


def files_of(sample: str) -> dict[str, bytes]:
    folder = DATA / sample
    return {
        str(path.relative_to(folder).with_suffix("")): path.read_bytes()
        for path in folder.rglob("*.json")
    }


def walk(files: dict[str, bytes], gun: str, now: datetime) -> TrustedSet:
    trusted = TrustedSet.on_first_use(gun, files["root"], now, LIMITS)
    trusted.finish_roots()
    trusted.update_timestamp(files["timestamp"])
    trusted.update_snapshot(files["snapshot"])
    trusted.expected("root").check("root", files["root"])
    trusted.update_targets(files["targets"])
    for role in sorted(files.keys() - {"root", "timestamp", "snapshot", "targets"}):
        trusted.update_targets(files[role], role)
    return trusted


@pytest.mark.parametrize(("sample", "gun", "now", "name"), SAMPLES, ids=lambda text: str(text)[:20])
def test_what_others_wrote_is_believed(sample: str, gun: str, now: datetime, name: str) -> None:
    trusted = walk(files_of(sample), gun, now)
    roles = ("targets/releases", "targets/erin", "targets")
    assert trusted.lookup(name, roles).info.length >= 0


def parse(
    role: str, raw: bytes
) -> SignedFile[Root] | SignedFile[Targets] | SignedFile[Snapshot] | SignedFile[Timestamp]:
    if role == "root":
        return parse_root(raw, LIMITS)
    if role == "snapshot":
        return parse_snapshot(raw, LIMITS)
    if role == "timestamp":
        return parse_timestamp(raw, LIMITS)
    return parse_targets(raw, role, LIMITS)


@pytest.mark.parametrize("sample", [row[0] for row in SAMPLES])
def test_what_others_wrote_is_canonical_and_written_again_byte_for_byte(sample: str) -> None:
    for role, raw in files_of(sample).items():
        file = parse(role, raw)
        assert file.exact
        assert file_bytes(file.content, file.signatures) == raw


def _later_version(raw: bytes) -> bytes:
    return re.sub(rb'"version":(\d+)', lambda match: b'"version":1' + match[1], raw)


def _other_signature(raw: bytes) -> bytes:
    document = json.loads(raw)
    for signature in document["signatures"]:
        spoiled = bytearray(base64.b64decode(signature["sig"]))
        spoiled[7] ^= 1
        signature["sig"] = base64.b64encode(spoiled).decode()
    return wire(document)


def _no_signature(raw: bytes) -> bytes:
    return re.sub(rb'"signatures":\[.*\]', b'"signatures":[]', raw)


@pytest.mark.parametrize(("sample", "gun", "now", "name"), SAMPLES, ids=lambda text: str(text)[:20])
@pytest.mark.parametrize("spoil", [_later_version, _other_signature, _no_signature])
def test_nothing_that_was_tampered_with_is_believed(
    sample: str, gun: str, now: datetime, name: str, spoil: object
) -> None:
    assert callable(spoil)
    files = files_of(sample)
    for role, raw in files.items():
        with pytest.raises(TrustError):
            walk({**files, role: spoil(raw)}, gun, now)
    assert walk(files, gun, now).versions(), name


@pytest.mark.parametrize("sample", [row[0] for row in SAMPLES])
def test_no_single_byte_can_be_changed_in_what_is_signed(sample: str) -> None:
    _, gun, now, _ = next(row for row in SAMPLES if row[0] == sample)
    files = files_of(sample)
    raw = files["timestamp"]
    for position in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[position] ^= 1
        try:
            trusted = walk({**files, "timestamp": bytes(changed)}, gun, now)
        except TrustError:
            continue
        # What may change without harm: the label's case, the unsigned envelope's spelling.
        file = parse_timestamp(raw, LIMITS)
        assert trusted.timestamp is not None
        assert trusted.timestamp.message == file.message


def test_a_root_of_another_gun_is_not_believed() -> None:
    files = files_of("docker-push-basic")
    with pytest.raises(TrustError, match="its certificate is for localhost:5443/probe/app"):
        walk(files, "localhost:5443/probe/other", NOW)


def test_files_of_two_repositories_do_not_mix() -> None:
    one, other = files_of("docker-push-basic"), files_of("docker-trust-signers")
    for role in ("timestamp", "snapshot", "targets"):
        with pytest.raises(TrustError):
            walk({**one, role: other[role]}, "localhost:5443/probe/app", NOW)
