"""What the suite takes for accepted and refused: only what clients would."""

from __future__ import annotations

import json

import pytest

from notary_conformance.answer import Answer, DisagreementError
from notary_conformance.outcome import (
    MESSAGES,
    Accepted,
    Dropped,
    Outcome,
    Profile,
    Refused,
    bad_targets,
)


def _refusal(code: str = "INVALID_UPDATE", detail: object = None, **more: object) -> Answer:
    error = {"code": code, "message": MESSAGES[code], "detail": detail, **more}
    return Answer(400, {}, json.dumps({"errors": [error]}).encode())


def _named(name: str, text: str) -> dict[str, object]:
    return {"Name": name, "Error": {"Msg": text}}


def test_a_client_takes_only_200_without_a_body_for_success() -> None:
    Accepted().judge(Answer(200, {}, b""), Profile.MUST)
    for answer in (Answer(201, {}, b""), Answer(202, {}, b""), Answer(200, {}, b"{}")):
        with pytest.raises(DisagreementError):
            Accepted().judge(answer, Profile.MUST)


@pytest.mark.parametrize("profile", list(Profile))
def test_a_refusal_that_clients_can_show_passes(profile: Profile) -> None:
    bad_targets("exactly *").judge(_refusal(detail=_named("ErrBadTargets", "exactly so")), profile)
    Refused("VERSION").judge(_refusal("VERSION"), profile)


def test_the_text_counts_under_the_profile_of_notary_alone() -> None:
    answer = _refusal(detail=_named("ErrBadTargets", "in other words"))
    bad_targets("exactly so").judge(answer, Profile.STRICT)
    with pytest.raises(DisagreementError, match="exactly so"):
        bad_targets("exactly so").judge(answer, Profile.NOTARY)


_LONG = _refusal(detail=_named("ErrBadTargets", "x" * 1024))
_TWICE = Answer(400, {}, json.dumps({"errors": [{}, {}]}).encode())


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (bad_targets(), _refusal(detail=_named("ErrBadRoot", "text"))),
        (bad_targets(), _refusal(detail=_named("ErrBadTargets", ""))),
        (bad_targets(), _refusal(detail={})),
        (bad_targets(), _refusal("VERSION")),
        (bad_targets(), _LONG),
        (bad_targets(), _TWICE),
        (bad_targets(), Answer(400, {}, b"<html>")),
        (bad_targets(), Answer(500, {}, _LONG.body)),
        (Refused("VERSION"), _refusal("VERSION", message="newer")),
        (Refused("VERSION"), Answer(200, {}, b"")),
        (Dropped(), Answer(200, {}, b"")),
    ],
)
def test_every_other_answer_is_a_disagreement(outcome: Outcome, answer: Answer) -> None:
    with pytest.raises(DisagreementError):
        outcome.judge(answer, Profile.STRICT)
