"""The table from errors to answers: a line for each, none longer than clients read."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import sealyard.access
import sealyard.services.trust
import sealyard.trust
from sealyard.access.actions import Action
from sealyard.access.errors import AccessError, DeniedError
from sealyard.api.trust import multipart, wire
from sealyard.errors import SealyardError, TooManyRequestsError, UnavailableError
from sealyard.trust.errors import BadHierarchyError, BadTargetsError, TrustError


def _leaves(kind: type[SealyardError]) -> list[type[SealyardError]]:
    children = kind.__subclasses__()
    return [kind] if not children else [leaf for child in children for leaf in _leaves(child)]


for package in (sealyard.trust, sealyard.access, sealyard.services.trust):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)

OWN = [
    error
    for error in _leaves(SealyardError)
    if error.__module__.startswith("sealyard.services.trust")
    or error.__module__ in (multipart.__name__, wire.__name__)
]


@pytest.mark.parametrize("leaf", [*_leaves(TrustError), *OWN], ids=lambda leaf: leaf.__name__)
def test_every_error_of_trust_data_has_its_own_line(leaf: type[SealyardError]) -> None:
    assert leaf in wire.ERRORS


@pytest.mark.parametrize("leaf", _leaves(AccessError), ids=lambda leaf: leaf.__name__)
def test_every_refusal_of_a_caller_asks_for_better_credentials_or_says_why(
    leaf: type[SealyardError],
) -> None:
    line = next(wire.ERRORS[kind] for kind in leaf.__mro__ if kind in wire.ERRORS)
    assert line.status in {400, 401}


def test_every_code_has_its_message() -> None:
    assert {line.code for line in wire.ERRORS.values()} <= set(wire.MESSAGES)


@pytest.mark.parametrize("text", ["x" * 5000, '"' * 5000, "\x01" * 5000, "€" * 5000, "😀" * 5000])
def test_no_refusal_is_longer_than_clients_read(text: str) -> None:
    for error in (
        BadHierarchyError(text, missing="snapshot"),
        BadTargetsError(text),
        UnavailableError(text),
        DeniedError(text, Action.SIGN, "app", ("AcrImageSigner",)),
    ):
        assert len(wire.refusal(error).body) <= 1024


def test_waiting_times_are_sent_along() -> None:
    answer = wire.refusal(TooManyRequestsError("too many sign-ins", 7))
    assert answer.status == 429
    assert (b"retry-after", b"7") in answer.headers
