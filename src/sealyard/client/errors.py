"""The client's branch of the error tree: the other side, seen from here.

::

    ClientError
    ├── ConnectionFailedError    nobody answers, or its certificate is not to be trusted
    ├── ServerRefusedError       the server answers, and says no
    ├── UnexpectedAnswerError    the server answers with something else than was agreed
    ├── NotSignedInError         nobody has signed in from here, or not any more
    ├── NotFoundError            the server has nothing of that name
    └── InvalidTrustServerError  DOCKER_CONTENT_TRUST_SERVER is not an https origin
"""

from __future__ import annotations

from sealyard.errors import SealyardError


class ClientError(SealyardError):
    """Something went wrong between this program and a server."""


class ConnectionFailedError(ClientError):
    """No answer came; ``server`` is who was asked."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} does not answer: {reason}")
        self.server = server


class ServerRefusedError(ClientError):
    """The server refused; ``status`` and ``code`` are its own, the message is its sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class UnexpectedAnswerError(ClientError):
    """The server answered with something that is no answer to the question."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} does not answer as a Sealyard server would: {reason}")
        self.server = server


class NotSignedInError(ClientError):
    """Nobody has signed in from this account, or the sign-in has ended."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}; sign in with: sealyard login --server https://HOST:PORT --username NAME"
        )


class NotFoundError(ClientError):
    """The server has no ``kind`` called ``name``, or does not show it to this caller."""

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        super().__init__(f"there is no {kind} {name!r}{'; ' if hint else ''}{hint}")
        self.kind = kind
        self.name = name


class InvalidTrustServerError(ClientError):
    """``DOCKER_CONTENT_TRUST_SERVER`` is not an https origin; trust data never crosses http."""

    def __init__(self, text: str) -> None:
        scheme, separator, rest = text.rpartition("@")[2].rpartition("://")
        shown = f"{scheme}{separator}{rest}"[:200]  # without a password that stood in it
        super().__init__(f"valid https URL required for trust server, got {shown}")
        self.text = text
