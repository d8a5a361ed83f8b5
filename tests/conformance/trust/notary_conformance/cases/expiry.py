"""When files end, as clients in any time zone write it, and the way back afterwards.

Some of these wait three seconds for something to expire.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from notary_conformance import metadata
from notary_conformance.case import Case, Expectation, Trial, scripted, update
from notary_conformance.keys import ecdsa_key
from notary_conformance.outcome import Accepted, Refused, bad_targets
from notary_conformance.reader import walk

if TYPE_CHECKING:
    from notary_conformance.outcome import Outcome
    from notary_conformance.owner import Owner

SOON = timedelta(seconds=3)
MARGIN = 0.3
EAST = timezone(timedelta(hours=14))
WEST = timezone(timedelta(hours=-12))


def _ends(name: str, sends: str, expires: str, outcome: Outcome) -> Case:
    def build(owner: Owner) -> dict[str, bytes]:
        signed = metadata.targets({"1.0": metadata.target()}, version=2)
        return {"targets": owner.sign_targets({**signed, "expires": expires})}

    return update(f"expiry/{name}", "5.1", sends, build, outcome)


def _in(hours: float, zone: timezone) -> str:
    moment = (datetime.now(UTC) + timedelta(hours=hours)).astimezone(zone)
    return moment.isoformat(timespec="seconds")


WRITTEN = (
    _ends("offset-east", "an expiry with the offset +14:00", _in(1, EAST), Accepted()),
    _ends("offset-west", "an expiry with the offset -12:00", _in(1, WEST), Accepted()),
    _ends(
        "past-by-its-offset",
        "an expiry whose digits lie ahead but whose offset puts it into the past",
        _in(-1, EAST),
        bad_targets("targets expired at *"),
    ),
    _ends(
        "nanoseconds",
        "an expiry with nine digits behind the second",
        f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%S}.123456789Z",
        Accepted(),
    ),
    _ends(
        "whole-seconds",
        "an expiry without a fraction",
        f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
        Accepted(),
    ),
)


def _wait() -> None:
    time.sleep(SOON.total_seconds() + MARGIN)


@scripted(
    "expiry/new-root-after-the-old-expired",
    "4.4",
    "the next root, after the stored one has expired",
    "accepted: it is the way back",
)
def new_root(trial: Trial) -> None:
    owner = trial.owner()
    first = metadata.root(owner.roles(), life=SOON)
    owner.publish({"root": owner.sign_root(first), "targets": owner.targets(version=1)})
    _wait()
    owner.publish({"root": owner.sign_root(owner.root(2))})
    walk(owner.collection)


@scripted(
    "expiry/new-certificate-after-the-old-expired",
    "4.4",
    "the next root with a new certificate of a new key, after the old certificate has expired",
    Expectation(
        strict="accepted: it is the way back",
        notary="refused, `INVALID_UPDATE` without a reason",
        why="notary-server looks at the dates of the stored certificate again, so that the "
        "repository can only be deleted; clients do not",
    ),
)
def new_certificate(trial: Trial) -> None:
    owner = trial.owner()
    former = owner.certified(ecdsa_key(), ends=SOON)
    owner.root_key = former
    owner.publish_first()
    _wait()
    owner.root_key = owner.certified(ecdsa_key())
    files = {"root": owner.sign_root(owner.root(2), former)}
    if trial.expects_notary:
        Refused("INVALID_UPDATE").judge(owner.post(files), trial.profile)
    else:
        owner.publish(files)
        walk(owner.collection)


@scripted(
    "expiry/new-targets-after-the-old-expired",
    "5.1",
    "the next targets, after the stored ones have expired",
    "accepted: it is the way back",
)
def new_targets(trial: Trial) -> None:
    owner = trial.published()
    owner.publish({"targets": owner.targets(version=2, life=SOON)})
    _wait()
    owner.publish({"targets": owner.targets(version=3)})
    walk(owner.collection)


@scripted(
    "expiry/new-snapshot-after-the-old-expired",
    "5.6",
    "the next snapshot signed by the client, after the stored one has expired",
    "accepted: it is the way back",
)
def new_snapshot(trial: Trial) -> None:
    owner = replace(trial.owner(), snapshot_key=ecdsa_key())
    files = owner.first_files()
    owner.publish({**files, "snapshot": owner.snapshot(files, version=1, life=SOON)})
    _wait()
    targets = {"targets": owner.targets(version=2)}
    owner.publish({**targets, "snapshot": owner.snapshot(targets, version=2)})
    walk(owner.collection)
