"""Headers of metadata answers."""

from __future__ import annotations

import hashlib
import re

from notary_conformance.answer import Answer, require
from notary_conformance.case import Expectation, Trial, scripted
from notary_conformance.session import PULL

CURRENT = "public, max-age=300, s-maxage=300, must-revalidate"
CONSISTENT = "public, max-age=2592000, s-maxage=2592000"
_AGE = re.compile(r"(?:^|[ ,])(?:s-maxage|max-age)=(\d+)")


def _ages(answer: Answer) -> list[int]:
    return [int(age) for age in _AGE.findall(answer.headers.get("cache-control", ""))]


@scripted(
    "headers/current",
    "1.5",
    "`Cache-Control` of `timestamp.json`",
    Expectation(
        strict="nothing may keep it without asking again",
        notary=f"`{CURRENT}`",
        why="a shared cache that keeps a timestamp for five minutes across a publish serves the "
        "older one to a client that has just published, which then suspects a rollback",
    ),
)
def current(trial: Trial) -> None:
    answer = trial.published().collection.get("timestamp.json", PULL)
    stated = answer.headers.get("cache-control", "")
    if trial.expects_notary:
        require(stated == CURRENT, f"got {stated!r}")
    else:
        asks = {"no-cache", "no-store"} & set(re.split(r"[ ,]+", stated))
        require(asks or (_ages(answer) and max(_ages(answer)) == 0), f"got {stated!r}")


@scripted(
    "headers/consistent",
    "1.5",
    "`Cache-Control` of files by checksum and version",
    Expectation(
        strict="may be kept for a day or longer",
        notary=f"`{CONSISTENT}`",
        why="those who may read are checked each time, so only private caches keep it there",
    ),
)
def consistent(trial: Trial) -> None:
    owner = trial.published()
    value = hashlib.sha256(owner.published["root"]).hexdigest()
    for name in (f"root.{value}.json", "1.root.json"):
        answer = owner.collection.get(name, PULL)
        stated = answer.headers.get("cache-control", "")
        if trial.expects_notary:
            require(stated == CONSISTENT, f"{name}: got {stated!r}")
        else:
            require(max(_ages(answer), default=0) >= 86400, f"{name}: got {stated!r}")


@scripted(
    "headers/length",
    "1.2",
    "`Content-Length` of metadata",
    "missing, or the length of the body: clients compare it with the snapshot's",
)
def length(trial: Trial) -> None:
    answer = trial.published().collection.get("root.json", PULL)
    stated = answer.headers.get("content-length")
    require(stated in {None, str(len(answer.body))}, f"states {stated}")


@scripted(
    "headers/last-modified",
    "1.2",
    "`Last-Modified` of metadata",
    Expectation(
        strict="a time, in the form HTTP prescribes (GMT)",
        notary="a time, ending in `UTC`",
        why="HTTP has one form for dates; no client of this API reads it",
    ),
)
def last_modified(trial: Trial) -> None:
    stated = trial.published().collection.get("root.json", PULL).headers.get("last-modified", "")
    zone = "UTC" if trial.expects_notary else "GMT"
    require(re.fullmatch(rf"\w{{3}}, \d\d \w{{3}} \d{{4}} [\d:]{{8}} {zone}", stated), stated)


@scripted(
    "headers/error-type",
    "1.6",
    "`Content-Type` of an error",
    "`application/json`",
)
def error_type(trial: Trial) -> None:
    kind = trial.collection().get("root.json", PULL).headers.get("content-type", "")
    require(kind.split(";")[0] == "application/json", f"got {kind!r}")


@scripted(
    "headers/updates-are-not-kept",
    "1.5",
    "`Cache-Control` of a key and of a 404",
    "none, or one that forbids keeping",
)
def not_kept(trial: Trial) -> None:
    for name in ("timestamp.key", "root.json"):
        ages = _ages(trial.collection().get(name))
        require(max(ages, default=0) == 0, f"{name}: may be kept")
