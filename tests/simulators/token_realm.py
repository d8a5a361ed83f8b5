"""A token endpoint for servers that bring none: whoever knows the password may do all he asks.

It answers as the registry token specification says: with credentials a token for every scope
asked for, without them a token that opens nothing, with wrong ones 401.
"""

from __future__ import annotations

import base64
import json
import ssl
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ISSUER = "token realm"
SERVICE = "notary"
_LIFE = 300


@dataclass(frozen=True, slots=True)
class Realm:
    """Who may sign in, and the certificate and key (PEM files) that tokens are signed with."""

    username: str
    password: str
    certificate: Path
    key: Path

    def token(self, scopes: list[str], subject: str) -> str:
        """Return a token that opens ``scopes``."""
        now = int(time.time())
        access = [_access(scope) for text in scopes for scope in text.split()]
        claims = {"iss": ISSUER, "sub": subject, "aud": SERVICE, "access": access}
        times = {"exp": now + _LIFE, "nbf": now - 60, "iat": now, "jti": uuid.uuid4().hex}
        certificate = load_pem_x509_certificate(self.certificate.read_bytes())
        chain = [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]
        key = load_pem_private_key(self.key.read_bytes(), None)
        return jwt.encode({**claims, **times}, key, "ES256", headers={"x5c": chain})  # type: ignore[arg-type]  # the file holds a P-256 key

    @property
    def authorization(self) -> str:
        """Return the only header that opens anything."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def _access(scope: str) -> dict[str, object]:
    name, _, actions = scope.rpartition(":")
    kind, _, name = name.partition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


@contextmanager
def serving(realm: Realm) -> Iterator[str]:
    """Serve ``realm`` over TLS on a free port; yield its address."""
    handler = type("Handler", (_Handler,), {"realm": realm})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(realm.certificate, realm.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}/token"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    realm: Realm

    def do_GET(self) -> None:
        """Answer a request for a token."""
        given = self.headers.get("Authorization")
        if given is None:
            self._reply(200, {"token": self.realm.token([], "")})
        elif given == self.realm.authorization:
            scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
            self._reply(200, {"token": self.realm.token(scopes, self.realm.username)})
        else:
            self._reply(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong password"}]})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def _reply(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
