"""Who gets in. These cases run where the server asks people to sign in with tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance.answer import disagree, require
from notary_conformance.case import Case, Expectation, Trial, scripted
from notary_conformance.multipart import CONTENT_TYPE, body
from notary_conformance.outcome import OK
from notary_conformance.session import ALL, CATALOG, PULL, PUSH, Challenge, Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notary_conformance.answer import Answer

UNAUTHORIZED = 401


def _require_challenge(answer: Answer, scope: str | None) -> Mapping[str, str]:
    require(answer.status == UNAUTHORIZED, f"expected 401, got {answer.in_brief()}")
    error = answer.error()
    require(error.code == "UNAUTHORIZED", f"got {answer.in_brief()}")
    header = answer.headers.get("www-authenticate", "")
    challenge = Challenge.parse(header)
    if challenge.scheme == "bearer":
        require({"realm", "service"} <= set(challenge.parameters), f"challenge {header!r}")
        stated = challenge.parameters.get("scope", "")
        require(scope is None or _same_scope(stated, scope), f"scope {stated!r}, not {scope!r}")
    return challenge.parameters


def _same_scope(stated: str, wanted: str) -> bool:
    """Return whether two scopes ask for the same; the order of actions means nothing."""
    name, _, actions = wanted.rpartition(":")
    stated_name, _, stated_actions = stated.rpartition(":")
    return name == stated_name and set(actions.split(",")) == set(stated_actions.split(","))


def _wants(name: str, method: str, path: str, actions: str) -> Case:
    @scripted(
        f"authentication/{name}",
        "8.1",
        f"`{method} {path}` without credentials",
        f"401, `UNAUTHORIZED`, a challenge for `{actions}`",
        signed_in=True,
    )
    def case(trial: Trial) -> None:
        owner = trial.published()
        headers = {"Content-Type": CONTENT_TYPE} if method == "POST" else None
        content = body([]) if method == "POST" else None
        answer = trial.session.plain(
            method, f"{owner.collection.base}/{path}", headers=headers, content=content
        )
        _require_challenge(answer, owner.collection.scope(actions))
        owner.publish({"targets": owner.targets(version=2)})

    return case


ROUTES = (
    _wants("read", "GET", "tuf/root.json", PULL),
    _wants("read-by-version", "GET", "tuf/1.root.json", PULL),
    _wants("read-changefeed", "GET", "changefeed?records=1", PULL),
    _wants("update", "POST", "tuf/", PUSH),
    _wants("key", "GET", "tuf/timestamp.key", PUSH),
    _wants("rotate-key", "POST", "tuf/timestamp.key", ALL),
    _wants("delete", "DELETE", "tuf/", ALL),
)


@scripted(
    "authentication/unknown-repository",
    "8.1",
    "a read of a GUN without trust data, without credentials",
    "401: what there is and is not is nobody's business",
    signed_in=True,
)
def unknown_repository(trial: Trial) -> None:
    collection = trial.collection()
    answer = trial.session.plain("GET", f"{collection.base}/tuf/root.json")
    _require_challenge(answer, collection.scope(PULL))


@scripted(
    "authentication/whole-changefeed",
    "8.1",
    "`/v2/_trust/changefeed` without credentials",
    "401, a challenge for `registry:catalog:*`",
    signed_in=True,
)
def whole_changefeed(trial: Trial) -> None:
    _require_challenge(trial.session.plain("GET", "/v2/_trust/changefeed?records=1"), CATALOG)


@scripted(
    "authentication/not-a-token",
    "8.1",
    "a bearer token that is none",
    '401 with `error="invalid_token"` in the challenge',
    signed_in=True,
)
def not_a_token(trial: Trial) -> None:
    collection = trial.collection()
    path = f"{collection.base}/tuf/root.json"
    for token in ("nonsense", "e30.e30.e30"):
        answer = trial.session.plain("GET", path, headers={"Authorization": f"Bearer {token}"})
        stated = _require_challenge(answer, collection.scope(PULL))
        require(stated.get("error") == "invalid_token", f"error {stated.get('error')!r}")


@scripted(
    "authentication/anonymous-token",
    "8.2",
    "a token asked for without credentials, then a read with it",
    "200 from the token endpoint and 401 from the read: only then do clients send credentials",
    signed_in=True,
)
def anonymous_token(trial: Trial) -> None:
    owner = trial.published()
    token = trial.session.token(owner.collection.scope(PULL), None)
    answer = trial.session.plain(
        "GET",
        f"{owner.collection.base}/tuf/root.json",
        headers={"Authorization": f"Bearer {token}"},
    )
    _require_challenge(answer, owner.collection.scope(PULL))


@scripted(
    "authentication/wrong-password",
    "8.2",
    "a token asked for with a wrong password",
    "401 from the token endpoint",
    signed_in=True,
)
def wrong_password(trial: Trial) -> None:
    known = trial.session.credentials
    if known is None:
        disagree("no credentials were given")
    wrong = Credentials(known.username, "not " + known.password)
    answer = trial.session.token_answer(trial.collection().scope(PULL), wrong)
    require(answer.status == UNAUTHORIZED, f"got {answer.in_brief()}")


def _with(trial: Trial, method: str, path: str, scope: str) -> Answer:
    headers = {"Content-Type": CONTENT_TYPE} if method == "POST" else {}
    content = body([]) if method == "POST" else None
    return trial.session.ask(method, path, scope, headers=headers, content=content)


@scripted(
    "authentication/pull-token-updates",
    "8.1",
    "an update and a deletion with a token for `pull` alone",
    "401 or 403",
    signed_in=True,
)
def pull_token_updates(trial: Trial) -> None:
    owner = trial.published()
    scope = owner.collection.scope(PULL)
    for method in ("POST", "DELETE"):
        answer = _with(trial, method, f"{owner.collection.base}/tuf/", scope)
        require(answer.status in {UNAUTHORIZED, 403}, f"{method}: {answer.in_brief()}")


@scripted(
    "authentication/pull-token-keys",
    "8.1",
    "`GET timestamp.key` with a token for `pull` alone",
    "401 or 403",
    signed_in=True,
)
def pull_token_keys(trial: Trial) -> None:
    collection = trial.collection()
    answer = _with(trial, "GET", f"{collection.base}/tuf/timestamp.key", collection.scope(PULL))
    require(answer.status in {UNAUTHORIZED, 403}, f"got {answer.in_brief()}")


@scripted(
    "authentication/push-token-rotates",
    "8.1",
    "`POST timestamp.key` with a token for `push,pull`",
    Expectation(
        strict="200: whoever may publish may rotate",
        notary="401",
        why="in Sealyard the right to sign decides; a new key is used only once its owner "
        "publishes a root that names it",
    ),
    signed_in=True,
)
def push_token_rotates(trial: Trial) -> None:
    collection = trial.collection()
    answer = trial.session.ask(
        "POST", f"{collection.base}/tuf/timestamp.key", collection.scope(PUSH)
    )
    wanted = UNAUTHORIZED if trial.expects_notary else OK
    require(answer.status == wanted, f"got {answer.in_brief()}")


@scripted(
    "authentication/push-token-deletes",
    "8.1",
    "a deletion with a token for `push,pull`",
    "401 or 403",
    signed_in=True,
)
def push_token_deletes(trial: Trial) -> None:
    owner = trial.published()
    path = f"{owner.collection.base}/tuf/"
    answer = _with(trial, "DELETE", path, owner.collection.scope(PUSH))
    require(answer.status in {UNAUTHORIZED, 403}, f"got {answer.in_brief()}")


@scripted(
    "authentication/all-token",
    "8.2",
    "a read and an update with a token for `*` alone (`notary key rotate`)",
    "200: `*` holds push and pull",
    signed_in=True,
)
def all_token(trial: Trial) -> None:
    owner = trial.published()
    scope = owner.collection.scope(ALL)
    for method, path in (("GET", "tuf/root.json"), ("POST", "tuf/"), ("GET", "tuf/snapshot.key")):
        answer = _with(trial, method, f"{owner.collection.base}/{path}", scope)
        require(answer.status == OK, f"{method} {path}: {answer.in_brief()}")


@scripted(
    "authentication/other-repository",
    "8.1",
    "a read with a token for another repository",
    "401 or 403",
    signed_in=True,
)
def other_repository(trial: Trial) -> None:
    owner = trial.published()
    scope = trial.collection("-other").scope(PUSH)
    answer = trial.session.ask("GET", f"{owner.collection.base}/tuf/root.json", scope)
    require(answer.status in {UNAUTHORIZED, 403}, f"got {answer.in_brief()}")


@scripted(
    "authentication/order-of-actions",
    "8.2",
    "a token for `pull,push`, as `docker trust sign` asks",
    "opens the same as `push,pull`",
    signed_in=True,
)
def order_of_actions(trial: Trial) -> None:
    owner = trial.published()
    scope = owner.collection.scope("pull,push")
    answer = _with(trial, "POST", f"{owner.collection.base}/tuf/", scope)
    require(answer.status == OK, f"got {answer.in_brief()}")


@scripted(
    "authentication/name-without-host",
    "8.2",
    "a token for the repository's name without the login server, as docker's daemon asks",
    Expectation(
        strict="opens reading",
        notary="401",
        why="image and trust share one origin and one name; notary-server knows GUNs only",
    ),
    signed_in=True,
)
def name_without_host(trial: Trial) -> None:
    owner = trial.published()
    name = trial.gun.partition("/")[2]
    answer = _with(
        trial, "GET", f"{owner.collection.base}/tuf/root.json", f"repository:{name}:pull"
    )
    wanted = UNAUTHORIZED if trial.expects_notary else OK
    require(answer.status == wanted, f"got {answer.in_brief()}")
