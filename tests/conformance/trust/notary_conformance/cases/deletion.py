"""Deleting the trust data of a repository."""

from __future__ import annotations

import hashlib

from notary_conformance.answer import require
from notary_conformance.case import Expectation, Trial, scripted
from notary_conformance.cases.routes import require_not_found
from notary_conformance.outcome import OK
from notary_conformance.owner import READ_STATE, Owner
from notary_conformance.reader import walk
from notary_conformance.session import ALL, Collection


def _delete(collection: Collection) -> None:
    answer = collection.ask("DELETE", "tuf/", ALL)
    require(answer.status == OK, f"got {answer.in_brief()}")
    require(not answer.body, f"a body: {answer.body[:80]!r}")


@scripted("deletion/everything", "6.1", "`DELETE tuf/`", "200, empty; every file is 404 then")
def everything(trial: Trial) -> None:
    owner = trial.published()
    _delete(owner.collection)
    for name in (*READ_STATE, "1.root.json", "1.targets.json"):
        require_not_found(owner.collection.get(name), name)


@scripted(
    "deletion/by-checksum",
    "6.1",
    "`DELETE tuf/`, then the former root by its checksum, read before and not",
    "404",
)
def by_checksum(trial: Trial) -> None:
    owner = trial.published()
    names = [
        f"{role}.{hashlib.sha256(owner.published[role]).hexdigest()}.json"
        for role in ("root", "targets")
    ]
    owner.collection.get(names[0])
    _delete(owner.collection)
    for name in names:
        require_not_found(owner.collection.get(name), name)


@scripted("deletion/nothing", "6.1", "`DELETE tuf/` of a GUN without trust data", "200, empty")
def nothing(trial: Trial) -> None:
    _delete(trial.collection())


@scripted("deletion/without-slash", "6.1", "`DELETE tuf`", "404 or 405, and nothing is gone")
def without_slash(trial: Trial) -> None:
    owner = trial.published()
    answer = owner.collection.ask_as_told("DELETE", "tuf", ALL)
    require(answer.status in {404, 405}, f"got {answer.in_brief()}")
    walk(owner.collection)


@scripted(
    "deletion/new-beginning",
    "6.1",
    "`DELETE tuf/`, then a first publish with entirely new keys",
    "accepted with version 1 again",
)
def new_beginning(trial: Trial) -> None:
    _delete(trial.published().collection)
    again = trial.published()
    view = walk(again.collection)
    require(view.version("root") == view.version("targets") == 1, "not version 1")


@scripted(
    "deletion/neighbours",
    "1.3",
    "`DELETE tuf/` of `app`, beside a published `app-xyz` and `app/xyz`",
    Expectation(
        strict="the neighbours stay",
        notary="`app-xyz` is gone as well (memory store)",
        why="names are compared as a whole, not by their beginning",
    ),
)
def neighbours(trial: Trial) -> None:
    owner = trial.published()
    others = [Owner(trial.collection(suffix)) for suffix in ("-xyz", "/xyz")]
    for other in others:
        other.publish_first()
    _delete(owner.collection)
    for other in others:
        if trial.expects_notary:
            require_not_found(other.collection.get("root.json"), other.collection.gun)
        else:
            walk(other.collection)


@scripted(
    "deletion/keys",
    "6.1",
    "`GET timestamp.key` before and after `DELETE tuf/`",
    "another key, or the same; one that a new root may name",
)
def keys(trial: Trial) -> None:
    owner = trial.published()
    _delete(owner.collection)
    owner.server_key("timestamp")
    again = Owner(owner.collection)
    again.publish_first()
    walk(again.collection)
