"""Reading metadata by name, version and checksum."""

from __future__ import annotations

import hashlib

from notary_conformance import metadata
from notary_conformance.answer import require
from notary_conformance.case import Expectation, Trial, scripted
from notary_conformance.cases.routes import require_not_found
from notary_conformance.metadata import Delegation, Role, signed_file
from notary_conformance.outcome import OK
from notary_conformance.owner import READ_STATE, Owner
from notary_conformance.reader import walk
from notary_conformance.session import PULL

ROLES = ("root", "targets", "snapshot", "timestamp")


def _same(owner: Owner, name: str, wanted: bytes) -> None:
    answer = owner.collection.get(name, PULL)
    require(answer.status == OK, f"{name}: {answer.in_brief()}")
    require(answer.body == wanted, f"{name}: other bytes than were uploaded or read before")


@scripted(
    "reading/unknown-repository",
    "1.2",
    "each role of a GUN that has no trust data",
    "404 `METADATA_NOT_FOUND`",
)
def unknown_repository(trial: Trial) -> None:
    for name in READ_STATE:
        require_not_found(trial.collection().get(name, PULL), name)


@scripted(
    "reading/uploaded-bytes",
    "1.4",
    "`root.json` and `targets.json` after a publish",
    "the uploaded bytes",
)
def uploaded_bytes(trial: Trial) -> None:
    owner = trial.published()
    for role in ("root", "targets"):
        _same(owner, f"{role}.json", owner.published[role])


@scripted(
    "reading/client-walk",
    "1.2",
    "root, timestamp, then snapshot and targets by checksum",
    "everything is there, signed, and fits together",
)
def client_walk(trial: Trial) -> None:
    walk(trial.published().collection)


@scripted(
    "reading/by-checksum",
    "1.2",
    "each role as `{role}.{sha256}.json`",
    "the same bytes as by name",
)
def by_checksum(trial: Trial) -> None:
    owner = trial.published()
    for role, content in walk(owner.collection).files.items():
        _same(owner, f"{role}.{hashlib.sha256(content).hexdigest()}.json", content)


@scripted("reading/checksum-upper-case", "1.2", "a checksum in upper case", "404")
def checksum_upper_case(trial: Trial) -> None:
    owner = trial.published()
    value = hashlib.sha256(owner.published["root"]).hexdigest().upper()
    require_not_found(owner.collection.get(f"root.{value}.json", PULL), "upper case")


@scripted("reading/checksum-sha512", "1.2", "a SHA-512 checksum", "404")
def checksum_sha512(trial: Trial) -> None:
    owner = trial.published()
    value = hashlib.sha512(owner.published["root"]).hexdigest()
    require_not_found(owner.collection.get(f"root.{value}.json", PULL), "SHA-512")


@scripted("reading/checksum-unknown", "1.2", "a checksum of nothing", "404")
def checksum_unknown(trial: Trial) -> None:
    require_not_found(trial.published().collection.get(f"root.{'0' * 64}.json", PULL), "zeros")


@scripted(
    "reading/checksum-of-another-role",
    "1.2",
    "`targets.{sha256 of the root}.json`",
    Expectation(
        strict="404",
        notary="200 with the root (memory store; its SQL stores answer 404)",
        why="a file is only served as what it is",
    ),
)
def checksum_of_another_role(trial: Trial) -> None:
    owner = trial.published()
    value = hashlib.sha256(owner.published["root"]).hexdigest()
    answer = owner.collection.get(f"targets.{value}.json", PULL)
    if trial.expects_notary:
        require(answer.body == owner.published["root"], f"got {answer.in_brief()}")
    else:
        require_not_found(answer, "another role's checksum")


@scripted(
    "reading/checksum-of-another-repository",
    "1.3",
    "the checksum of a file that only another GUN has",
    "404",
)
def checksum_of_another_repository(trial: Trial) -> None:
    owner = trial.published()
    value = hashlib.sha256(owner.published["root"]).hexdigest()
    answer = trial.collection("-other").get(f"root.{value}.json", PULL)
    require_not_found(answer, "another repository's checksum")


@scripted("reading/by-version", "1.2", "each role as `1.{role}.json`", "the same bytes")
def by_version(trial: Trial) -> None:
    owner = trial.published()
    for role, content in walk(owner.collection).files.items():
        _same(owner, f"1.{role}.json", content)


@scripted("reading/version-leading-zero", "1.2", "`01.root.json`", "version 1")
def version_leading_zero(trial: Trial) -> None:
    owner = trial.published()
    _same(owner, "01.root.json", owner.published["root"])


@scripted(
    "reading/version-unknown",
    "1.2",
    "`0.root.json`, `2.root.json` and a version of thirty digits",
    "404",
)
def version_unknown(trial: Trial) -> None:
    owner = trial.published()
    for version in ("0", "2", "9" * 30):
        require_not_found(owner.collection.get(f"{version}.root.json", PULL), version)


@scripted(
    "reading/earlier-versions",
    "1.4",
    "the first versions of all files, by version and checksum, after a second publish",
    "the bytes they had",
)
def earlier_versions(trial: Trial) -> None:
    owner = trial.published()
    earlier = walk(owner.collection).files
    owner.publish({"targets": owner.targets(version=2)})
    for role, content in earlier.items():
        _same(owner, f"1.{role}.json", content)
        _same(owner, f"{role}.{hashlib.sha256(content).hexdigest()}.json", content)


@scripted(
    "reading/query",
    "1.2",
    "`root.json?x=1`",
    "as without the query",
)
def query(trial: Trial) -> None:
    owner = trial.published()
    _same(owner, "root.json?x=1", owner.published["root"])


@scripted(
    "reading/delegation",
    "1.2",
    "`targets/releases` by name, version and checksum",
    "the uploaded bytes",
)
def delegation(trial: Trial) -> None:
    owner = trial.published()
    releases = Delegation("targets/releases", Role((owner.targets_key.named,)))
    child = signed_file(metadata.targets({"1.0": metadata.target()}), (owner.targets_key,))
    owner.publish(
        {"targets": owner.targets(version=2, delegations=(releases,)), releases.name: child}
    )
    _same(owner, "targets/releases.json", child)
    _same(owner, "1.targets/releases.json", child)
    _same(owner, f"targets/releases.{hashlib.sha256(child).hexdigest()}.json", child)
    require_not_found(owner.collection.get("targets/other.json", PULL), "another delegation")
