"""What is asked before anybody signs in."""

from __future__ import annotations

from notary_conformance.answer import require
from notary_conformance.case import Expectation, Trial, scripted
from notary_conformance.outcome import OK
from notary_conformance.session import CATALOG, Challenge


@scripted("probes/ping", "1.1", "`GET /v2/`", "200, or 401 with a Bearer or Basic challenge")
def ping(trial: Trial) -> None:
    answer = trial.session.plain("GET", "/v2/")
    require(answer.status in {OK, 401}, f"got {answer.in_brief()}")
    if answer.status == 401:
        header = answer.headers.get("www-authenticate", "")
        challenge = Challenge.parse(header)
        require(challenge.scheme in {"bearer", "basic"}, f"challenge {header!r}")
        if challenge.scheme == "bearer":
            require({"realm", "service"} <= set(challenge.parameters), f"challenge {header!r}")


@scripted("probes/health", "1.7", "`GET /_notary_server/health`", "200 with `{}`")
def health(trial: Trial) -> None:
    answer = trial.session.plain("GET", "/_notary_server/health")
    require(answer.status == OK and answer.json() == {}, f"got {answer.in_brief()}")


@scripted(
    "probes/metrics",
    "1.7",
    "`GET /metrics`",
    "200, text in the Prometheus form",
)
def metrics(trial: Trial) -> None:
    answer = trial.session.plain("GET", "/metrics")
    require(answer.status == OK, f"got {answer.status}")
    require(answer.headers["content-type"].startswith("text/plain"), "not text/plain")
    require(b"# TYPE " in answer.body, "no metric in it")


@scripted(
    "probes/ping-head",
    "1.1",
    "`HEAD /v2/`, signed in if need be",
    Expectation(
        strict="200",
        notary="404",
        why="registry clients ping with HEAD as well, and both share the route on one origin",
    ),
)
def ping_head(trial: Trial) -> None:
    wanted = 404 if trial.expects_notary else OK
    answer = trial.session.ask("HEAD", "/v2/", CATALOG)
    require(answer.status == wanted, f"got {answer.status}")
