"""What may come of an update: accepted or refused, and how much of that is compared.

Everywhere a refusal has to be one that clients can show: status 400, one error, the right
code and, for ``INVALID_UPDATE``, the name under which docker prints the text. The text itself
is compared under the profile of notary-server only; elsewhere there has to be one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from notary_conformance.answer import Answer, NoAnswerError, disagree

if TYPE_CHECKING:
    from collections.abc import Callable

OK = 200
BAD_REQUEST = 400

MESSAGES = {
    "INVALID_UPDATE": "Update sent by the client is invalid.",
    "VERSION": "A newer version of metadata is already available.",
    "MALFORMED_UPLOAD": "The body of your request is malformed.",
    "MALFORMED_JSON": "JSON sent by the client could not be parsed by the server",
    "NO_FILENAME": "No file/role name provided.",
    "INVALID_ROLE": "The role you are attempting to operate on is invalid.",
    "INVALID_GUN": "The server does not support actions on images of this name.",
    "INVALID_PARAMETERS": "The parameters provided are not valid.",
    "METADATA_NOT_FOUND": "You have requested metadata that does not exist.",
}


class Profile(StrEnum):
    """Whose behaviour is expected where the protocol leaves a choice."""

    MUST = "must"
    STRICT = "strict"
    NOTARY = "notary"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Status 200 with nothing in the body; ``readable`` is whether clients can read it then."""

    readable: bool = True

    def judge(self, answer: Answer, profile: Profile) -> None:
        """Raise unless the server accepted. Clients take no other status for success."""
        del profile
        if answer.status != OK:
            disagree(f"expected 200, got {answer.in_brief()}")
        if answer.body:
            disagree(f"expected an empty body, got {answer.body[:80]!r}")

    def describe(self) -> str:
        """Return the outcome in words."""
        return "accepted" if self.readable else "accepted, and no client can read it then"


@dataclass(frozen=True, slots=True)
class Refused:
    """Status 400 with ``code``; ``name`` and ``text`` are those of a validation error.

    ``names`` and ``codes`` are further ones that are as good; ``text`` may hold ``*`` for
    what varies.
    """

    code: str = "INVALID_UPDATE"
    name: str | None = None
    text: str | None = None
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    def judge(self, answer: Answer, profile: Profile) -> None:
        """Raise unless the server refused in this way."""
        if answer.status != BAD_REQUEST:
            disagree(f"expected 400 {self.code}, got {answer.in_brief()}")
        error = answer.error()
        if error.code not in (self.code, *self.codes):
            disagree(f"expected {self.code}, got {answer.in_brief()}")
        if error.message != MESSAGES[error.code]:
            disagree(f"the message of {error.code} is {error.message!r}")
        if self.name is not None and error.code == self.code:
            self._judge_detail(answer, profile)

    def _judge_detail(self, answer: Answer, profile: Profile) -> None:
        error = answer.error()
        if error.name not in (self.name, *self.names):
            disagree(f"expected {self.name}, got {answer.in_brief()}")
        # This one's fields are what is missing, and notary's sentence stands beside them.
        if not error.text and error.name != "ErrBadHierarchy":
            disagree(f"no text for the user: {answer.in_brief()}")
        if profile is Profile.NOTARY and self.text is not None:
            self._judge_text(error.text)

    def _judge_text(self, text: str | None) -> None:
        if text is None or self.text is None or not fnmatchcase(text, self.text):
            disagree(f"expected the text {self.text!r}, got {text!r}")

    def describe(self) -> str:
        """Return the outcome in words, without the text."""
        named = [self.name, *self.names] if self.name else [f"`{self.code}`"]
        return "refused, " + " or ".join([*named, *(f"`{code}`" for code in self.codes)])


@dataclass(frozen=True, slots=True)
class Dropped:
    """No answer at all: what is left of a request whose handler died."""

    def judge(self, answer: Answer, profile: Profile) -> None:
        """Raise: there was an answer."""
        del profile
        disagree(f"expected no answer, got {answer.in_brief()}")

    def describe(self) -> str:
        """Return the outcome in words."""
        return "no answer, the connection is closed"


Outcome = Accepted | Refused | Dropped
VERSION = Refused("VERSION")


def judge_sent(outcome: Outcome, send: Callable[[], Answer], profile: Profile) -> None:
    """Send, and raise unless ``outcome`` comes of it."""
    try:
        answer = send()
    except NoAnswerError:
        if isinstance(outcome, Dropped):
            return
        raise
    outcome.judge(answer, profile)


def bad_root(text: str | None = None) -> Refused:
    """Return a refusal of the root file."""
    return Refused(name="ErrBadRoot", text=text)


def bad_targets(text: str | None = None) -> Refused:
    """Return a refusal of a targets or delegation file."""
    return Refused(name="ErrBadTargets", text=text)


def bad_snapshot(text: str | None = None) -> Refused:
    """Return a refusal of a snapshot that the client signed."""
    return Refused(name="ErrBadSnapshot", text=text)


def bad_hierarchy() -> Refused:
    """Return a refusal because files do not fit each other."""
    return Refused(name="ErrBadHierarchy")


def invalid(text: str | None = None) -> Refused:
    """Return a refusal of the update as a whole."""
    return Refused(name="ErrValidation", text=text)
