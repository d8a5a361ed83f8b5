"""Signed tokens: what they claim, and the one way in which they are made and believed.

JSON Web Tokens signed with ES256. A token is verified with the key that its ``kid`` names in *our*
table, under the one algorithm that we sign with. Whatever else its header says about keys (``jwk``,
``jku``, ``x5c``) is a reason to refuse it, never a key (distribution's CVE-2025-24976).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import jwt

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidTokenError
from sealyard.access.rights import NOTHING, Rights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

_ALGORITHM: Final = "ES256"
_MAX_CHARACTERS: Final = 32_768
# az keeps its tokens by the name of the host, without the port (../docs/azure-cli.md).
_OF_ANOTHER_SERVER: Final = (
    "az keeps one token for all servers of one host name: give each server an AZURE_CONFIG_DIR of "
    "its own, or run az account clear, and sign in again"
)
_HEADER_FIELDS: Final = frozenset({"alg", "kid", "typ"})
_REQUIRED: Final = ["iss", "sub", "aud", "exp", "iat", "jti", "use", "epoch"]


class TokenUse(StrEnum):
    """What a token is for. One kind is never accepted in the place of the other."""

    REGISTRY = "registry"
    MANAGEMENT = "management"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says.

    ``subject`` is an object id, empty for the anonymous token. ``epoch`` is the principal's count
    of credential changes when the token was made: a change makes older tokens worthless.
    ``access`` is what a registry token was asked for and given, ``None`` for management.
    """

    token_id: str
    use: TokenUse
    subject: str
    epoch: int
    audience: str
    issued_at: datetime
    expires_at: datetime
    access: Rights | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name under which verifiers know it."""

    key_id: str
    private_key: EllipticCurvePrivateKey


def encode(claims: Claims, key: SigningKey, issuer: str) -> str:
    """Return the signed token."""
    payload: dict[str, Any] = {
        "iss": issuer,
        "sub": claims.subject,
        "aud": claims.audience,
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
        "jti": claims.token_id,
        "use": claims.use.value,
        "epoch": claims.epoch,
    }
    if claims.use is TokenUse.REGISTRY:
        payload["access"] = _access_claim(claims.access or NOTHING)
    return jwt.encode(payload, key.private_key, _ALGORITHM, headers={"kid": key.key_id})


def encode_identity(
    claims: Mapping[str, str], key: SigningKey, issuer: str, issued_at: datetime, seconds: int
) -> str:
    """Return an OpenID Connect id token: it tells a client who signed in and opens no door.

    It carries no ``use``, so that ``decode`` refuses it.
    """
    issued = int(issued_at.timestamp())
    payload = {**claims, "iss": issuer, "iat": issued, "exp": issued + seconds}
    return jwt.encode(payload, key.private_key, _ALGORITHM, headers={"kid": key.key_id})


def key_id(token: str) -> str:
    """Return the key id that ``token`` names, unverified; raise ``InvalidTokenError``."""
    if len(token) > _MAX_CHARACTERS:
        reason = "too long"
        raise InvalidTokenError(reason)
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        reason = "malformed"
        raise InvalidTokenError(reason) from error
    if header.get("alg") != _ALGORITHM or not header.keys() <= _HEADER_FIELDS:
        reason = "its header is not one of ours"
        raise InvalidTokenError(reason)
    named = header.get("kid")
    if not isinstance(named, str):
        reason = "it names no key"
        raise InvalidTokenError(reason)
    return named


def decode(
    token: str,
    keys: Mapping[str, EllipticCurvePublicKey],
    *,
    issuer: str,
    use: TokenUse,
    now: datetime,
) -> Claims:
    """Verify ``token`` and return its claims; raise ``InvalidTokenError`` otherwise.

    ``keys`` is our own table of verification keys by key id.
    """
    key = keys.get(key_id(token))
    if key is None:
        reason = "another server made it"
        raise InvalidTokenError(reason, _OF_ANOTHER_SERVER)
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=issuer,
            options={
                "require": _REQUIRED,
                # The clock is the caller's; PyJWT would read its own.
                "verify_exp": False,
                "verify_iat": False,
                # What a token is for is the claim `use`; the audience is for the client's benefit.
                "verify_aud": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise InvalidTokenError(type(error).__name__) from error
    return _claims(payload, use, now)


def _claims(payload: dict[str, Any], use: TokenUse, now: datetime) -> Claims:
    try:
        claims = Claims(
            token_id=payload["jti"],
            use=TokenUse(payload["use"]),
            subject=payload["sub"],
            epoch=operator.index(payload["epoch"]),
            audience=payload["aud"],
            issued_at=datetime.fromtimestamp(payload["iat"], UTC),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
            # A registry token always says what it is for: one without would be one for everything.
            access=_access(payload["access"]) if payload["use"] == TokenUse.REGISTRY else None,
        )
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        reason = "its claims are not ours"
        raise InvalidTokenError(reason) from error
    if claims.use is not use:
        reason = "it is for another purpose"
        raise InvalidTokenError(reason)
    if claims.expires_at <= now:
        reason = "expired"
        raise InvalidTokenError(reason)
    return claims


def _access_claim(access: Rights) -> list[dict[str, Any]]:
    # The form of the Docker registry token specification ("access" claim).
    entries = [
        {"type": "repository", "name": name, "actions": sorted(actions)}
        for name, actions in access.in_repository.items()
    ]
    if Action.CATALOG in access.everywhere:
        entries.append({"type": "registry", "name": "catalog", "actions": ["*"]})
    return entries


def _access(claim: list[dict[str, Any]]) -> Rights:
    registry: set[Action] = set()
    repositories: dict[str, frozenset[Action]] = {}
    for entry in claim:
        if entry["type"] == "registry":
            registry.add(Action.CATALOG)
        else:
            repositories[entry["name"]] = frozenset(Action(word) for word in entry["actions"])
    return Rights(frozenset(registry), repositories)
