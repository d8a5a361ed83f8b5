"""Tokens: believed only under our key, our algorithm, for their purpose and in their time."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidTokenError
from sealyard.access.rights import NOTHING, Rights
from sealyard.access.tokens import Claims, SigningKey, TokenUse, decode, encode

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ISSUER = "urn:sealyard:test"
OURS = SigningKey("ours", ec.generate_private_key(ec.SECP256R1()))
FOREIGN = SigningKey("foreign", ec.generate_private_key(ec.SECP256R1()))
KEYS = {"ours": OURS.private_key.public_key()}
CLAIMS = Claims(
    token_id="t1",
    use=TokenUse.REGISTRY,
    subject="alice",
    epoch=3,
    audience="localhost:5443",
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=5),
    access=Rights(frozenset({Action.CATALOG}), {"app": frozenset({Action.PULL, Action.SIGN})}),
)


def _read(token: str, *, use: TokenUse = TokenUse.REGISTRY, now: datetime = NOW) -> Claims:
    return decode(token, KEYS, issuer=ISSUER, use=use, now=now)


def _payload(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON value)
    token = encode(CLAIMS, OURS, ISSUER)
    payload = jwt.decode(token, options={"verify_signature": False}, algorithms=["ES256"])
    return payload | changes


def _forged(payload: dict[str, Any], header: dict[str, Any], key: SigningKey = OURS) -> str:
    return jwt.encode(payload, key.private_key, "ES256", headers={"kid": key.key_id} | header)


def test_a_token_says_what_it_was_given() -> None:
    assert _read(encode(CLAIMS, OURS, ISSUER)) == CLAIMS


def test_the_access_claim_has_dockers_form() -> None:
    assert _payload()["access"] == [
        {"type": "repository", "name": "app", "actions": ["pull", "sign"]},
        {"type": "registry", "name": "catalog", "actions": ["*"]},
    ]


def test_a_token_ends_at_its_second() -> None:
    token = encode(CLAIMS, OURS, ISSUER)
    _read(token, now=NOW + timedelta(seconds=299))
    with pytest.raises(InvalidTokenError, match="expired"):
        _read(token, now=NOW + timedelta(seconds=300))


def test_a_foreign_key_is_not_believed() -> None:
    with pytest.raises(InvalidTokenError):
        _read(encode(CLAIMS, FOREIGN, ISSUER))
    with pytest.raises(InvalidTokenError):
        _read(encode(CLAIMS, SigningKey("ours", FOREIGN.private_key), ISSUER))


@pytest.mark.parametrize("field", ["jwk", "jku", "x5c", "x5u", "crit"])
def test_a_header_that_brings_its_own_key_is_refused(field: str) -> None:
    algorithm = jwt.get_algorithm_by_name("ES256")
    public = json.loads(algorithm.to_jwk(FOREIGN.private_key.public_key()))
    value: object = {"jwk": public, "crit": ["x"]}.get(field, ["https://evil.example/keys"])
    for key in (FOREIGN, SigningKey("ours", FOREIGN.private_key), OURS):
        with pytest.raises(InvalidTokenError):
            _read(_forged(_payload(), {field: value}, key))


def test_an_unsigned_token_is_refused() -> None:
    token = jwt.encode(_payload(), "", "none", headers={"kid": "ours"})
    with pytest.raises(InvalidTokenError):
        _read(token)


def test_our_public_key_is_not_a_shared_secret() -> None:
    secret = KEYS["ours"].public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    token = jwt.encode(_payload(), secret, "HS256", headers={"kid": "ours"})
    with pytest.raises(InvalidTokenError):
        _read(token)


def test_a_token_for_another_purpose_is_refused() -> None:
    with pytest.raises(InvalidTokenError, match="another purpose"):
        _read(encode(CLAIMS, OURS, ISSUER), use=TokenUse.MANAGEMENT)
    management = Claims("t", TokenUse.MANAGEMENT, "alice", 0, "x", NOW, NOW + timedelta(1))
    with pytest.raises(InvalidTokenError):
        _read(encode(management, OURS, ISSUER))
    assert _read(encode(management, OURS, ISSUER), use=TokenUse.MANAGEMENT).access is None


def test_a_token_of_another_registry_is_refused() -> None:
    with pytest.raises(InvalidTokenError):
        _read(encode(CLAIMS, OURS, "urn:sealyard:other"))


def test_a_registry_token_without_access_is_not_one_for_everything() -> None:
    bare = Claims("t", TokenUse.REGISTRY, "alice", 0, "x", NOW, NOW + timedelta(1), None)
    assert _read(encode(bare, OURS, ISSUER)).access == NOTHING
    payload = _payload()
    del payload["access"]
    with pytest.raises(InvalidTokenError):
        _read(_forged(payload, {}))


@pytest.mark.parametrize(
    "changes",
    [
        {"access": "all"},
        {"access": [{"type": "repository", "name": "app", "actions": ["root"]}]},
        {"access": None},
        {"exp": "never"},
        {"exp": 10**30},
        {"use": "admin"},
        {"epoch": None},
        {"epoch": "3"},
        {"jti": 1},
    ],
)
def test_claims_that_are_not_ours_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        _read(_forged(_payload(**changes), {}))


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "e30.e30.", "é.é.é", "x" * 40_000, base64.b64encode(b"{}").decode()],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidTokenError):
        _read(token)
