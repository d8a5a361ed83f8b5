"""What a server said: status, headers, body, and the one error a client would read from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

# Clients stop reading an error at this many bytes and then find no JSON in it.
ERROR_BYTES = 1024


class DisagreementError(Exception):
    """The server did not do what the case expects; the text says in what way."""


def disagree(text: str) -> NoReturn:
    """Raise with ``text``."""
    raise DisagreementError(text)


def require(holds: object, otherwise: str) -> None:
    """Raise with the text ``otherwise`` unless ``holds``."""
    if not holds:
        disagree(otherwise)


class NoAnswerError(DisagreementError):
    """The connection ended without an answer."""

    def __init__(self, method: str, path: str, cause: Exception) -> None:
        super().__init__(f"{method} {path}: no answer ({cause!r})")


@dataclass(frozen=True, slots=True)
class WireError:
    """The only element of ``errors``; ``detail`` is None when the answer has none."""

    code: str
    message: str
    detail: object

    @property
    def name(self) -> str | None:
        """Return the validation error's name, which decides whether users see the text."""
        return self.detail.get("Name") if isinstance(self.detail, dict) else None

    @property
    def text(self) -> str | None:
        """Return the validation error's text as the user would see it."""
        inner = self.detail.get("Error") if isinstance(self.detail, dict) else None
        return inner.get("Msg") if isinstance(inner, dict) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - the cases look into whatever came
        """Return the decoded body."""
        try:
            return json.loads(self.body)
        except ValueError:
            disagree(f"body is not JSON: {self.body[:80]!r}")

    def error(self) -> WireError:
        """Return the error as clients read it; more than one, or too long a body, is none."""
        if len(self.body) > ERROR_BYTES:
            disagree(f"error body of {len(self.body)} bytes; clients read 1024")
        decoded = self.json()
        errors = decoded.get("errors") if isinstance(decoded, dict) else None
        if not isinstance(errors, list) or len(errors) != 1:
            disagree(f"not exactly one error: {self.body[:200]!r}")
        found = errors[0]
        return WireError(found.get("code", ""), found.get("message", ""), found.get("detail"))

    def in_brief(self) -> str:
        """Return status and the beginning of the body, for reports."""
        text = self.body[:300].decode(errors="replace").strip()
        return f"{self.status} {text}" if text else str(self.status)
