"""The list of what was published and deleted."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from notary_conformance.answer import NoAnswerError, require
from notary_conformance.case import Case, Expectation, Trial, scripted
from notary_conformance.outcome import OK, Refused
from notary_conformance.reader import walk
from notary_conformance.session import ALL, CATALOG, PULL, Collection

if TYPE_CHECKING:
    from notary_conformance.owner import Owner

FIELDS = {"ID", "CreatedAt", "GUN", "Version", "SHA256", "Category"}


def _ask(collection: Collection, query: str) -> Any:  # noqa: ANN401 - looked into below
    answer = collection.ask("GET", f"changefeed?{query}", PULL)
    require(answer.status == OK, f"{query}: {answer.in_brief()}")
    return answer.json()


def _records(collection: Collection, query: str = "records=100") -> list[Any]:
    reply = _ask(collection, query)
    records = reply["records"] or []
    require(reply["count"] == len(records), f"count {reply['count']}, {len(records)} records")
    return list(records)


def _twice_published(trial: Trial) -> Owner:
    owner = trial.published()
    owner.publish({"targets": owner.targets(version=2)})
    return owner


@scripted(
    "changefeed/updates",
    "7.1",
    "two publishes, then `changefeed?records=100`",
    "two records, oldest first, with GUN, version and SHA-256 of the timestamps",
)
def updates(trial: Trial) -> None:
    owner = _twice_published(trial)
    records = _records(owner.collection)
    require(len(records) == 2, f"{len(records)} records")
    for record in records:
        require(set(record) == FIELDS, f"fields {sorted(record)}")
        require(isinstance(record["ID"], str), "the ID is no string")
        require(record["GUN"] == trial.gun, f"GUN {record['GUN']}")
        require(record["Category"] == "update", f"category {record['Category']}")
        datetime.fromisoformat(record["CreatedAt"][:19])
    timestamp = walk(owner.collection).files["timestamp"]
    require([record["Version"] for record in records] == [1, 2], "other versions")
    require(records[1]["SHA256"] == hashlib.sha256(timestamp).hexdigest(), "another SHA-256")
    require(int(records[0]["ID"]) < int(records[1]["ID"]), "IDs do not rise")


@scripted(
    "changefeed/after-an-id",
    "7.1",
    "`change_id` of the first record",
    "the second record alone",
)
def after_an_id(trial: Trial) -> None:
    owner = _twice_published(trial)
    first, second = _records(owner.collection)
    rest = _records(owner.collection, f"records=100&change_id={first['ID']}")
    require(rest == [second], f"{len(rest)} records")


@scripted(
    "changefeed/from-the-start",
    "7.1",
    "`change_id=0` and an empty one",
    "all records",
)
def from_the_start(trial: Trial) -> None:
    owner = _twice_published(trial)
    for start in ("0", ""):
        require(len(_records(owner.collection, f"records=9&change_id={start}")) == 2, start)


@scripted("changefeed/first-only", "7.1", "`records=1`", "the oldest record")
def first_only(trial: Trial) -> None:
    owner = _twice_published(trial)
    require([r["Version"] for r in _records(owner.collection, "records=1")] == [1], "another")


@scripted("changefeed/zero", "7.1", "`records=0`", "as many as `records=100`")
def zero(trial: Trial) -> None:
    owner = _twice_published(trial)
    require(len(_records(owner.collection, "records=0")) == 2, "other records")


@scripted(
    "changefeed/before-an-id",
    "7.1",
    "`records=-1` with the `change_id` of the second record",
    "the first record",
)
def before_an_id(trial: Trial) -> None:
    owner = _twice_published(trial)
    first, second = _records(owner.collection)
    rest = _records(owner.collection, f"records=-1&change_id={second['ID']}")
    require(rest == [first], f"{len(rest)} records")


@scripted(
    "changefeed/newest",
    "7.1",
    "`records=-1` with `change_id=-1`",
    "the newest record",
)
def newest(trial: Trial) -> None:
    owner = _twice_published(trial)
    rest = _records(owner.collection, "records=-1&change_id=-1")
    require([record["Version"] for record in rest] == [2], f"{rest!r}")


@scripted(
    "changefeed/backwards-from-nowhere",
    "7.1",
    "`records=-2` without a `change_id`",
    Expectation(
        must="200 or 400",
        notary="no answer, the connection is closed",
        why="notary-server's handler dies of a slice out of bounds",
    ),
)
def backwards_from_nowhere(trial: Trial) -> None:
    owner = _twice_published(trial)
    try:
        answer = owner.collection.ask("GET", "changefeed?records=-2", PULL)
    except NoAnswerError:
        require(trial.expects_notary, "no answer")
    else:
        require(not trial.expects_notary, "there was an answer")
        require(answer.status in {OK, 400}, f"got {answer.in_brief()}")
    walk(owner.collection)


@scripted(
    "changefeed/beyond-the-end",
    "7.1",
    "a `change_id` that nobody has reached",
    "`count` 0 and no records (an empty list or null)",
)
def beyond_the_end(trial: Trial) -> None:
    reply = _ask(_twice_published(trial).collection, "records=10&change_id=999999999")
    require(reply["count"] == 0 and not reply["records"], f"{reply!r}")


@scripted(
    "changefeed/never-published",
    "7.1",
    "the changefeed of a GUN without trust data",
    "`count` 0 and no records",
)
def never_published(trial: Trial) -> None:
    reply = _ask(trial.collection(), "records=10")
    require(reply["count"] == 0 and not reply["records"], f"{reply!r}")


@scripted(
    "changefeed/deletion",
    "7.1",
    "a publish, `DELETE tuf/`, then the changefeed",
    "the update stays, followed by a deletion with version 0 and no SHA-256",
)
def deletion(trial: Trial) -> None:
    owner = trial.published()
    owner.collection.ask("DELETE", "tuf/", ALL)
    records = _records(owner.collection)
    require([r["Category"] for r in records] == ["update", "deletion"], f"{records!r}")
    require(records[1]["Version"] == 0 and records[1]["SHA256"] == "", f"{records[1]!r}")


@scripted(
    "changefeed/whole-server",
    "7.1",
    "a publish, then `/v2/_trust/changefeed` backwards from the newest record",
    "the publish is among them",
)
def whole_server(trial: Trial) -> None:
    trial.published()
    path = "/v2/_trust/changefeed?records=-100&change_id=-1"
    answer = trial.session.ask("GET", path, CATALOG)
    require(answer.status == OK, f"got {answer.in_brief()}")
    names = [record["GUN"] for record in answer.json()["records"]]
    require(trial.gun in names, "not there")


def _wrong(name: str, query: str) -> Case:
    @scripted(f"changefeed/{name}", "7.1", f"`changefeed{query}`", "400 `INVALID_PARAMETERS`")
    def case(trial: Trial) -> None:
        owner = trial.published()
        answer = owner.collection.ask("GET", f"changefeed{query}", PULL)
        Refused("INVALID_PARAMETERS").judge(answer, trial.profile)

    return case


WRONG = (
    _wrong("records-missing", ""),
    _wrong("records-no-number", "?records=many"),
    _wrong("id-no-number", "?records=1&change_id=newest"),
)


@scripted(
    "changefeed/empty-update",
    "7.1",
    "an empty multipart, then the changefeed",
    Expectation(
        strict="one record for each new timestamp",
        notary="a record for it",
        why="see `server-files/empty-update`",
    ),
)
def empty_update(trial: Trial) -> None:
    owner = trial.published()
    owner.publish({})
    made = walk(owner.collection).version("timestamp")
    wanted = 2 if trial.expects_notary else made
    require(len(_records(owner.collection)) == wanted, "another number of records")
