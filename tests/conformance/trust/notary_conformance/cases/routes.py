"""Paths that lead nowhere, and the names a GUN may have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from notary_conformance.answer import DisagreementError, require
from notary_conformance.case import Case, Expectation, Trial, scripted
from notary_conformance.multipart import CONTENT_TYPE
from notary_conformance.outcome import MESSAGES, OK, Profile, Refused
from notary_conformance.reader import walk
from notary_conformance.session import CATALOG, PULL, Collection

if TYPE_CHECKING:
    from notary_conformance.answer import Answer

NOT_FOUND = 404


def require_not_found(answer: Answer, what: str) -> None:
    """Raise unless the answer is the one clients take for "no such metadata"."""
    require(answer.status == NOT_FOUND, f"{what}: expected 404, got {answer.in_brief()}")
    error = answer.error()
    require(error.code == "METADATA_NOT_FOUND", f"{what}: got {answer.in_brief()}")
    require(error.message == MESSAGES[error.code], f"{what}: message {error.message!r}")


def _leads_nowhere(name: str, path: str) -> Case:
    """Return the case that a path under a published repository is no route."""

    @scripted(f"routes/{name}", "1.2", f"`GET {path}`", "404 `METADATA_NOT_FOUND`")
    def case(trial: Trial) -> None:
        owner = trial.published()
        require_not_found(owner.collection.ask_as_told("GET", path, PULL), path)

    return case


NOWHERE = (
    _leads_nowhere("slash-after-the-name", "tuf/root.json/"),
    _leads_nowhere("name-without-json", "tuf/root"),
    _leads_nowhere("no-such-role", "tuf/bogus.json"),
    _leads_nowhere("role-in-upper-case", "tuf/ROOT.json"),
    _leads_nowhere("short-checksum", "tuf/root.abcdef.json"),
    _leads_nowhere("version-that-is-none", "tuf/x.root.json"),
    _leads_nowhere("root-key", "tuf/root.key"),
    _leads_nowhere("targets-key", "tuf/targets.key"),
    _leads_nowhere("delegation-key", "tuf/targets/releases.key"),
    _leads_nowhere("listing", "tuf/"),
)


@scripted("routes/empty-gun", "1.3", "`GET /v2/_trust/tuf/root.json`, without a GUN", "404")
def empty_gun(trial: Trial) -> None:
    answer = trial.session.ask("GET", "/v2/_trust/tuf/root.json", CATALOG)
    require(answer.status == NOT_FOUND, f"got {answer.in_brief()}")


@scripted(
    "routes/unmatched-detail",
    "1.6",
    "`GET tuf/root.key`",
    Expectation(
        notary="the error has no `detail`",
        strict="the error's `detail` is missing, null or `{}`",
        why="clients look at the status only",
    ),
)
def unmatched_detail(trial: Trial) -> None:
    detail = trial.published().collection.ask_as_told("GET", "tuf/root.key", PULL).error().detail
    allowed: tuple[object, ...] = (None,) if trial.expects_notary else (None, {})
    require(detail in allowed, f"detail {detail!r}")


@scripted(
    "routes/head",
    "1.2",
    "`HEAD tuf/root.json`",
    Expectation(
        notary="404",
        strict="404 or 405, or the status that GET has; no body",
        why="no client sends it; what HTTP says of HEAD is as good",
    ),
)
def head(trial: Trial) -> None:
    answer = trial.published().collection.ask_as_told("HEAD", "tuf/root.json", PULL)
    allowed = {NOT_FOUND} if trial.expects_notary else {OK, NOT_FOUND, 405}
    require(answer.status in allowed, f"got {answer.status}")


@scripted("routes/other-methods", "1.2", "`PATCH` and `PUT tuf/root.json`", "404 or 405")
def other_methods(trial: Trial) -> None:
    owner = trial.published()
    for method in ("PATCH", "PUT"):
        answer = owner.collection.ask_as_told(method, "tuf/root.json", PULL)
        require(answer.status in {NOT_FOUND, 405}, f"{method}: got {answer.in_brief()}")


@scripted(
    "routes/no-redirects",
    "1.2",
    "an update to `tuf` without its slash",
    "404 or 405: clients follow no redirect",
)
def no_redirects(trial: Trial) -> None:
    answer = trial.collection().ask_as_told("POST", "tuf", "push,pull")
    require(answer.status in {NOT_FOUND, 405}, f"got {answer.in_brief()}")


@scripted(
    "routes/percent-encoded-gun",
    "1.3",
    "the GUN's last slash as `%2F`",
    "the same repository",
)
def percent_encoded(trial: Trial) -> None:
    owner = trial.published()
    first, _, last = trial.gun.rpartition("/")
    path = f"/v2/{first}%2F{last}/_trust/tuf/root.json"
    answer = trial.session.ask("GET", path, owner.collection.scope(PULL))
    require(answer.status == OK, f"got {answer.in_brief()}")
    require(answer.body == owner.published["root"], "other bytes")


@scripted(
    "routes/long-gun",
    "1.3",
    "a repository whose GUN (and certificate name) exceeds 64 characters",
    "published and readable",
)
def long_gun(trial: Trial) -> None:
    longer = replace(trial, gun=trial.gun + "/" + "long-" * 14 + "name")
    walk(longer.published().collection)


@scripted(
    "routes/neighbours",
    "1.3",
    "reads of GUNs that begin like a published one, or that it begins with",
    "404 each",
)
def neighbours(trial: Trial) -> None:
    trial.published()
    for neighbour in (trial.collection("x"), trial.collection("/x"), _parent(trial)):
        require_not_found(neighbour.get("root.json"), neighbour.gun)


def _parent(trial: Trial) -> Collection:
    return Collection(trial.session, trial.gun.rpartition("/")[0])


@scripted(
    "routes/repository-named-like-a-route",
    "1.3",
    "a GUN with path segments such as `tuf` and `_trustee`",
    Expectation(
        notary="published and readable",
        strict="published and readable, or refused with `INVALID_GUN`",
        why="Sealyard's repository names follow the image grammar, which forbids some of these",
    ),
)
def named_like_a_route(trial: Trial) -> None:
    odd = replace(trial, gun=trial.gun + "/tuf/_trustee")
    try:
        walk(odd.published().collection)
    except DisagreementError:
        if trial.profile is not Profile.STRICT:
            raise
        answer = odd.collection().post([])
        require(answer.status in {400, 401, 404}, f"got {answer.in_brief()}")


@scripted(
    "routes/foreign-gun-update",
    "1.3",
    "an update of `elsewhere.example/app` to a server that is told which names it serves",
    Expectation(
        strict="400 `INVALID_GUN`",
        notary="400 `INVALID_GUN`",
        why="",
    ),
)
def foreign_update(trial: Trial) -> None:
    path = "/v2/elsewhere.example/app/_trust/tuf/"
    headers = {"Content-Type": CONTENT_TYPE}
    scope = "repository:elsewhere.example/app:push,pull"
    answer = trial.session.ask("POST", path, scope, headers=headers, content=b"")
    if answer.status != 401:  # nobody may be able to get a token for a foreign name
        Refused("INVALID_GUN").judge(answer, trial.profile)


@scripted(
    "routes/foreign-gun-read",
    "1.3",
    "a read of `elsewhere.example/app`",
    "404, also before anybody signed in",
)
def foreign_read(trial: Trial) -> None:
    path = "/v2/elsewhere.example/app/_trust/tuf/root.json"
    require_not_found(trial.session.plain("GET", path), path)
