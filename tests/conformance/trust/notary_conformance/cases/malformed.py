"""Bodies that are no update."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from notary_conformance.answer import ERROR_BYTES, require
from notary_conformance.case import (
    Case,
    Ends,
    Expectation,
    Trial,
    scripted,
    update,
)
from notary_conformance.multipart import BOUNDARY, CONTENT_TYPE, Part, body
from notary_conformance.outcome import Accepted, Dropped, Outcome, Refused, judge_sent

if TYPE_CHECKING:
    from notary_conformance.owner import Owner

WHY_DROPPED = "notary-server's handler dies of a nil pointer"
MALFORMED = Refused("MALFORMED_UPLOAD")
NOT_JSON = Refused("MALFORMED_JSON")
NO_NAME = Refused("NO_FILENAME")


def _raw(
    name: str,
    sends: str,
    content: bytes,
    content_type: str | None,
    *codes: str,
    notary: Outcome | None = None,
) -> Case:
    """Return the case that ``content`` is refused with one of ``codes``."""
    refused = Refused(codes[0], codes=codes[1:])
    expects = Expectation(must=refused.describe())
    if notary is not None:
        expects = replace(expects, notary=notary.describe(), why=WHY_DROPPED)

    @scripted(f"malformed/{name}", "3.7", sends, expects)
    def case(trial: Trial) -> None:
        owner = trial.published()
        outcome = notary if trial.expects_notary and notary is not None else refused
        before = owner.state()
        judge_sent(outcome, lambda: owner.collection.post_raw(content, content_type), trial.profile)
        require(owner.state() == before, "something changed")

    return case


RAW = (
    _raw("json-body", "JSON with its own type", b"{}", "application/json", "MALFORMED_UPLOAD"),
    _raw("no-type", "a form without `Content-Type`", body([]), None, "MALFORMED_UPLOAD"),
    _raw(
        "no-boundary",
        "`multipart/form-data` without a boundary",
        body([]),
        "multipart/form-data",
        "MALFORMED_UPLOAD",
    ),
    _raw(
        "urlencoded",
        "a form of the other kind",
        b"targets=1",
        "application/x-www-form-urlencoded",
        "MALFORMED_UPLOAD",
    ),
    _raw(
        "garbage",
        "a body in which no boundary appears",
        b"\x00\xffgarbage" * 50,
        CONTENT_TYPE,
        "MALFORMED_UPLOAD",
        "MALFORMED_JSON",
        notary=Dropped(),
    ),
    _raw(
        "cut-off-in-a-header",
        "a form that ends in the header of a part",
        f"--{BOUNDARY}\r\nContent-Dispo".encode(),
        CONTENT_TYPE,
        "MALFORMED_UPLOAD",
        "MALFORMED_JSON",
        notary=Dropped(),
    ),
    _raw(
        "cut-off-in-a-part",
        "a form that ends in the JSON of a part",
        body([Part("targets", b'{"signed":{"_type":"Targets"')])[: -len(BOUNDARY) - 8],
        CONTENT_TYPE,
        "MALFORMED_JSON",
        "MALFORMED_UPLOAD",
    ),
)


@scripted(
    "malformed/cut-off-after-a-part",
    "3.3",
    "a good update whose end is missing: the closing boundary never comes",
    Expectation(
        must="400, and nothing changed",
        notary="no answer, the connection is closed",
        why=WHY_DROPPED,
    ),
)
def cut_off_after_a_part(trial: Trial) -> None:
    owner = trial.published()
    before = owner.state()
    cut = body([Part("targets", owner.targets(version=2))])[: -len(BOUNDARY) - 8]
    refused = Refused("MALFORMED_UPLOAD", codes=("MALFORMED_JSON",))
    outcome = Dropped() if trial.expects_notary else refused
    judge_sent(outcome, lambda: owner.collection.post_raw(cut), trial.profile)
    require(owner.state() == before, "something changed")


def _part(content: bytes) -> list[Part]:
    return [Part("targets", content)]


def _with_version(owner: Owner, version: str) -> list[Part]:
    content = owner.targets(version=2)
    return _part(content.replace(b'"version":2}', f'"version":{version}}}'.encode()))


NO_METADATA = (
    update(
        "malformed/not-json",
        "3.7",
        "a part that is no JSON",
        lambda _owner: _part(b"not json"),
        NOT_JSON,
    ),
    update(
        "malformed/empty-part", "3.7", "a part of no bytes", lambda _owner: _part(b""), NOT_JSON
    ),
    update(
        "malformed/array",
        "3.7",
        "a part that is a JSON array",
        lambda _owner: _part(b"[]"),
        NOT_JSON,
    ),
    update(
        "malformed/version-text",
        "3.7",
        "a version that is a string",
        lambda owner: _with_version(owner, '"2"'),
        NOT_JSON,
    ),
    update(
        "malformed/version-fraction",
        "3.7",
        "the version 1.5",
        lambda owner: _with_version(owner, "1.5"),
        NOT_JSON,
    ),
    update(
        "malformed/version-beyond-64-bits",
        "3.7",
        "a version of thirty digits",
        lambda owner: _with_version(owner, "9" * 30),
        NOT_JSON,
    ),
    update(
        "malformed/signed-is-text",
        "3.7",
        "a `signed` that is a string",
        lambda _owner: _part(b'{"signed":"targets","signatures":[]}'),
        NOT_JSON,
    ),
    update(
        "malformed/empty-object",
        "3.7",
        "the part `{}`",
        lambda _owner: _part(b"{}"),
        Refused("INVALID_UPDATE", codes=("MALFORMED_JSON",)),
    ),
    update(
        "malformed/signed-null",
        "3.7",
        "a `signed` that is null",
        lambda _owner: _part(json.dumps({"signed": None, "signatures": []}).encode()),
        Refused(name="ErrBadTargets", codes=("MALFORMED_JSON",)),
    ),
)

NAMES = tuple(
    update(f"malformed/{name}", "3.7", sends, build, NO_NAME)
    for name, sends, build in (
        ("no-filename", "a part without a file name", lambda o: [Part(None, o.targets())]),
        ("empty-filename", "a part with an empty file name", lambda o: [Part("", o.targets())]),
        ("filename-json-only", "the file name `.json`", lambda o: [Part(".json", o.targets())]),
    )
)


def _wrong_role(name: str, role: str, sends: str) -> Case:
    @scripted(
        f"malformed/{name}",
        "3.8",
        sends,
        "400 `INVALID_ROLE`, the detail is the name",
    )
    def case(trial: Trial) -> None:
        owner = trial.published()
        before = owner.state()
        answer = owner.collection.post([Part(role, owner.targets())])
        Refused("INVALID_ROLE").judge(answer, trial.profile)
        detail = answer.error().detail
        require(detail == role, f"detail {detail!r}")
        require(owner.state() == before, "something changed")

    return case


ROLES = (
    _wrong_role("unknown-role", "bogus", "the role `bogus`"),
    _wrong_role("role-in-upper-case", "Targets", "the role `Targets`"),
    _wrong_role("role-empty-segment", "targets//a", "the role `targets//a`"),
    _wrong_role("role-trailing-slash", "targets/", "the role `targets/`"),
    _wrong_role("role-dots", "targets/../root", "the role `targets/../root`"),
    _wrong_role("role-with-dot", "targets/a.b", "the role `targets/a.b`"),
    _wrong_role("role-with-space", "targets/a b", "the role `targets/a b`"),
    _wrong_role("role-below-root", "root/a", "the role `root/a`"),
    _wrong_role("role-too-long", "targets/" + "a" * 248, "a role of 256 characters"),
)


@scripted(
    "malformed/endless-role",
    "1.6",
    "a role of 4,000 characters",
    Expectation(
        strict="400 `INVALID_ROLE` in at most 1024 bytes",
        notary="400 `INVALID_ROLE` with the whole name as detail: clients cannot read it",
        why="clients read 1024 bytes of an error",
    ),
)
def endless_role(trial: Trial) -> None:
    owner = trial.published()
    answer = owner.collection.post([Part("targets/" + "a" * 4000, owner.targets())])
    if trial.expects_notary:
        require(answer.status == 400 and len(answer.body) > ERROR_BYTES, answer.in_brief())
    else:
        Refused("INVALID_ROLE").judge(answer, trial.profile)


DUPLICATES = (
    update(
        "malformed/two-parts-for-one-role",
        "3.7",
        "two different parts `targets`",
        lambda owner: [
            Part("targets", owner.targets(version=2)),
            Part("targets", owner.targets(version=3)),
        ],
        Ends(
            strict=Refused("INVALID_UPDATE", name="ErrValidation", names=("ErrBadTargets",)),
            notary=Accepted(),
            why="no client sends it; which of the two was meant is a guess",
        ),
    ),
    update(
        "malformed/two-names-for-one-role",
        "3.7",
        "the parts `targets` and `targets.json`",
        lambda owner: [
            Part("targets", owner.targets(version=2)),
            Part("targets.json", owner.targets(version=3)),
        ],
        Ends(
            strict=Refused("INVALID_UPDATE", name="ErrValidation", names=("ErrBadTargets",)),
            notary=Accepted(),
            why="as above",
        ),
    ),
)
