"""The trust server, as its API speaks (notary-v1 A): files, the keys that it holds, publishing.

Every request names the repository as ``host[:port]/repository``, and so does the scope of its
token, as docker has it. What comes back is bytes that nobody has judged yet.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from sealyard.client.errors import (
    PublishRefusedError,
    TrustDataMissingError,
    UnexpectedAnswerError,
)
from sealyard.client.registry.errors import AnswerTooLongError
from sealyard.trust.errors import FileTooLargeError
from sealyard.trust.metadata import KeyObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealyard.client.registry.origin import Origin
    from sealyard.trust.keys import PublicKey

_OK: Final = 200
_BAD_REQUEST: Final = 400
_NOT_FOUND: Final = 404
_KEY_BYTES: Final = 256 * 1024  # notary-v1 C.3
_ANSWER_BYTES: Final = 64 * 1024
_MAX_MESSAGE: Final = 2000
_FILE: Final = re.compile(r"(?:[0-9]+\.)?(.+?)(?:\.[0-9a-f]{64})?\.json")
_RACE: Final = "VERSION"

# What notary's clients write before the server's own sentence; scripts search for it.
_PREFIXES: Final = {
    "ErrValidation": "An error occurred during validation: ",
    "ErrBadHierarchy": "Metadata hierarchy is incomplete: ",
    "ErrBadRoot": "The root metadata is invalid: ",
    "ErrBadTargets": "The targets metadata is invalid: ",
    "ErrBadSnapshot": "The snapshot metadata is invalid: ",
}


class _Said(msgspec.Struct):
    msg: str = msgspec.field(name="Msg", default="")


class _Detail(msgspec.Struct):
    name: str = msgspec.field(name="Name", default="")
    error: _Said = msgspec.field(name="Error", default_factory=_Said)


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""
    detail: msgspec.Raw = msgspec.Raw(b"null")


class _Errors(msgspec.Struct):
    errors: list[_Error] = msgspec.field(default_factory=list)


class TrustService:
    """What ``origin`` serves for the repository ``gun``."""

    def __init__(self, origin: Origin, gun: str) -> None:
        self.gun = gun
        self._origin = origin
        # A trust server may be below a path; docker keeps it.
        prefix = origin.url.path.rstrip("/")
        self._path = f"{prefix}/v2/{quote(gun, safe='/:')}/_trust/tuf/"

    @property
    def server(self) -> str:
        """Who is asked, as ``host[:port]``."""
        return self._origin.server

    def file(self, name: str, limit: int) -> bytes:
        """Return the file ``name``: ``root.json``, ``3.root.json``, ``targets/a.<sha256>.json``.

        Raise ``TrustDataMissingError`` if it is not there, ``FileTooLargeError`` as soon as it
        turns out to be longer than ``limit`` bytes, ``ConnectionFailedError``,
        ``ServerRefusedError``.
        """
        try:
            answer = self._origin.fetch(
                "GET",
                self._path + quote(name, safe="/"),
                scopes=(self._scope("pull"),),
                limit=limit,
                accept_status=(_OK, _NOT_FOUND),
            )
        except AnswerTooLongError as error:
            raise FileTooLargeError(_role(name), limit) from error
        if answer.status == _NOT_FOUND:
            raise TrustDataMissingError(self.gun, self.server)
        return answer.body

    def key(self, role: str) -> PublicKey:
        """Return the key that the server holds, or makes, for ``snapshot`` or ``timestamp``."""
        return self._key("GET", role, self._scope("pull,push"))

    def rotate_key(self, role: str) -> PublicKey:
        """Have the server make a new key for ``role``; it is used once a root names it."""
        return self._key("POST", role, self._scope("*"))

    def publish(self, files: Mapping[str, bytes]) -> None:
        """Publish ``files`` (role to bytes), all of them or none.

        Raise ``PublishRefusedError`` with the server's reason if it may not become the next
        state, ``ServerRefusedError``, ``ConnectionFailedError``. It is never sent twice.
        """
        boundary = secrets.token_hex(24)
        answer = self._origin.fetch(
            "POST",
            self._path,
            scopes=(self._scope("pull,push"),),
            limit=_ANSWER_BYTES,
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
            content=_multipart(files, boundary),
            accept_status=(_OK, _BAD_REQUEST),
        )
        if answer.status == _BAD_REQUEST:
            raise self._refusal(answer.body)

    def delete(self) -> None:
        """Delete all trust data of the repository, for everybody."""
        self._origin.fetch("DELETE", self._path, scopes=(self._scope("*"),), limit=_ANSWER_BYTES)

    def _key(self, method: str, role: str, scope: str) -> PublicKey:
        answer = self._origin.fetch(
            method, f"{self._path}{role}.key", scopes=(scope,), limit=_KEY_BYTES
        )
        try:
            return msgspec.json.decode(answer.body, type=KeyObject).key
        except (msgspec.DecodeError, RecursionError) as error:
            reason = f"it gives something else than a public key for {role}"
            raise UnexpectedAnswerError(self.server, reason) from error

    def _scope(self, actions: str) -> str:
        return f"repository:{self.gun}:{actions}"

    def _refusal(self, body: bytes) -> PublishRefusedError:
        try:
            found = msgspec.json.decode(body, type=_Errors).errors[0]
        except (msgspec.DecodeError, RecursionError, IndexError):
            return PublishRefusedError(self.gun, "", "trust server rejected operation.")
        if found.code == _RACE:
            message = (
                f"trust server rejected operation: newer trust data of {self.gun} is there, "
                "somebody else has published in the meantime; run the command again"
            )
            return PublishRefusedError(self.gun, found.code, message)
        return PublishRefusedError(self.gun, found.code, _sentence(found)[:_MAX_MESSAGE])


def _role(name: str) -> str:
    """Return the role whose file ``name`` is."""
    match = _FILE.fullmatch(name)
    return name if match is None else match[1]


def _sentence(error: _Error) -> str:
    """Return what a notary client would show, or the server's own words where it shows nothing."""
    try:
        detail = msgspec.json.decode(error.detail, type=_Detail)
    except (msgspec.DecodeError, RecursionError):
        detail = _Detail()
    if detail.name in _PREFIXES:
        return _PREFIXES[detail.name] + detail.error.msg
    return f"trust server rejected operation: {error.message or error.code or 'without a reason'}"


def _multipart(files: Mapping[str, bytes], boundary: str) -> bytes:
    """Write the body of a publish (notary-v1 A.3): the role is the filename, with its slashes."""
    parts = [
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="files"; filename="{role}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + raw
        + b"\r\n"
        for role, raw in files.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()
