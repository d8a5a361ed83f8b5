"""Signing in on our pages, with a certificate, and what ends a sign-in."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from directory_setup import OWNER, OWNER_PASSWORD
from management_setup import SERVER

if TYPE_CHECKING:
    import httpx

    from management_setup import ManagementSetup

AZ = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
SCOPE = f"{SERVER}//.default"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
REDIRECT = "http://localhost:8400"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASKED = {
    "client_id": AZ,
    "response_type": "code",
    "redirect_uri": REDIRECT,
    "scope": f"{SCOPE} openid profile offline_access",
    "state": "kept",
    "response_mode": "form_post",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "nonce": "once",
}
WHO = {"username": OWNER, "password": OWNER_PASSWORD}


# --- another device


def start(server: ManagementSetup) -> dict[str, Any]:
    answer = server.http.post("/adfs/oauth2/devicecode", data={"client_id": AZ, "scope": SCOPE})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def poll(server: ManagementSetup, device_code: str, client: str = AZ) -> httpx.Response:
    # As MSAL does: the code twice, no scope.
    form = {"grant_type": DEVICE, "device_code": device_code, "code": device_code}
    return server.http.post("/adfs/oauth2/token", data=form | {"client_id": client})


def enter(
    server: ManagementSetup, code: str, decision: str = "allow", **who: str
) -> httpx.Response:
    form = {"user_code": code, "decision": decision, **(WHO | who)}
    return server.http.post("/device", data=form)


def test_a_device_is_signed_in_by_who_enters_its_code(server: ManagementSetup) -> None:
    started = start(server)
    assert started["user_code"] in started["message"]
    server.directory.clock.move(seconds=5)
    waiting = poll(server, started["device_code"])
    assert (waiting.status_code, waiting.json()["error"]) == (400, "authorization_pending")
    assert poll(server, started["device_code"]).json()["error"] == "slow_down"
    assert (
        f"acts as {OWNER} now" in enter(server, started["user_code"].lower().replace("-", "")).text
    )
    done = poll(server, started["device_code"])
    assert done.status_code == 200, done.text
    assert done.json()["scope"] == SCOPE
    token = {"Authorization": f"Bearer {done.json()['access_token']}"}
    assert server.http.get("/v1.0/me", headers=token).json()["userPrincipalName"] == OWNER
    assert poll(server, started["device_code"]).json()["error"] == "expired_token"
    assert "not known, or has expired" in enter(server, started["user_code"]).text
    [entry] = server.directory.activity("signin.device.approved")
    assert entry.actor_name == OWNER


def test_a_device_can_be_turned_away(server: ManagementSetup) -> None:
    started = start(server)
    assert "Nobody was signed in" in enter(server, started["user_code"], "deny").text
    assert poll(server, started["device_code"]).json()["error"] == "access_denied"


def test_a_code_does_not_wait_for_ever(server: ManagementSetup) -> None:
    started = start(server)
    server.directory.clock.move(minutes=16)
    assert "has expired" in enter(server, started["user_code"]).text
    assert poll(server, started["device_code"]).json()["error"] == "expired_token"


def test_what_a_program_was_given_is_its_own(server: ManagementSetup) -> None:
    started = start(server)
    enter(server, started["user_code"])
    assert poll(server, started["device_code"], "sealyard").status_code == 400


def test_a_wrong_password_lets_no_device_in_and_is_slowed(server: ManagementSetup) -> None:
    started = start(server)
    for _ in range(5):
        wrong = enter(server, started["user_code"], password="wrong")
        assert wrong.status_code == 403
        assert "The user name or the password is wrong." in wrong.text
    assert enter(server, started["user_code"], password="wrong").status_code == 429
    server.directory.clock.move(seconds=30)
    assert poll(server, started["device_code"]).json()["error"] == "authorization_pending"


def test_a_machine_signs_nobody_in(server: ManagementSetup) -> None:
    body = {"displayName": "builder"}
    made = server.ask("POST", "/v1.0/servicePrincipals/sealyard.createForRbac", body=body).json()
    started, app = start(server), made["servicePrincipal"]["appId"]
    secret = made["passwordCredential"]["secretText"]
    assert enter(server, started["user_code"], username=app, password=secret).status_code == 403


def test_devices_that_wait_are_bounded(server: ManagementSetup) -> None:
    for _ in range(100):
        start(server)
    form = {"client_id": AZ, "scope": SCOPE}
    assert server.http.post("/adfs/oauth2/devicecode", data=form).status_code == 429


def test_a_sign_in_ends_with_the_password_it_was_approved_with(server: ManagementSetup) -> None:
    started = start(server)
    enter(server, started["user_code"])
    body = {"passwordProfile": {"password": "another long password"}}
    server.ask("PATCH", f"/v1.0/users/{OWNER}", body=body)
    assert poll(server, started["device_code"]).status_code == 400


# --- a browser


def fields(page: str) -> dict[str, str]:
    found = re.findall(r'name="([^"]+)" value="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def sign_in(server: ManagementSetup, **changed: str) -> httpx.Response:
    shown = server.http.get("/adfs/oauth2/authorize", params=ASKED | changed)
    assert shown.status_code == 200, shown.text
    return server.http.post("/adfs/oauth2/authorize", data=fields(shown.text) | WHO)


def redeem(server: ManagementSetup, code: str, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": AZ,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    return server.http.post("/adfs/oauth2/token", data=form | changed)


def test_a_program_gets_its_code_by_form_and_tokens_for_it_once(server: ManagementSetup) -> None:
    posted = sign_in(server)
    assert f'action="{REDIRECT}"' in posted.text
    answer = fields(posted.text)
    assert answer["state"] == "kept"
    done = redeem(server, answer["code"])
    assert done.status_code == 200, done.text
    claims = jwt.decode(done.json()["id_token"], options={"verify_signature": False})
    assert (claims["nonce"], claims["upn"]) == ("once", OWNER)
    assert redeem(server, answer["code"]).status_code == 400


def test_a_program_gets_its_code_by_redirect(server: ManagementSetup) -> None:
    posted = sign_in(server, response_mode="query")
    assert posted.status_code == 303
    assert posted.headers["location"].startswith(f"{REDIRECT}?code=")
    assert posted.headers["location"].endswith("&state=kept")


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": "short"},
        {"client_id": "sealyard"},
        {"redirect_uri": "http://localhost:9999"},
    ],
)
def test_a_code_is_good_for_who_asked_and_one_try(
    server: ManagementSetup, changed: dict[str, str]
) -> None:
    code = fields(sign_in(server).text)["code"]
    assert redeem(server, code, **changed).json()["error"] == "invalid_grant"
    assert redeem(server, code).status_code == 400


def test_a_code_lives_for_a_minute(server: ManagementSetup) -> None:
    code = fields(sign_in(server).text)["code"]
    server.directory.clock.move(seconds=61)
    assert redeem(server, code).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://localhost.evil.example:8400"},
        {"redirect_uri": "http://localhost:8400@evil.example/"},
        {"redirect_uri": "http://localhost:8400/?x=<script>"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": "somebody"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"response_type": "token"},
        {"response_mode": "fragment"},
        {"scope": "https://elsewhere.example/.default"},
        {"state": "x" * 2049},
    ],
)
def test_no_program_is_answered_that_could_be_somebody_elses(
    server: ManagementSetup, changed: dict[str, str]
) -> None:
    shown = server.http.get("/adfs/oauth2/authorize", params=ASKED | changed)
    assert shown.status_code == 400
    assert "location" not in shown.headers
    sent = server.http.post("/adfs/oauth2/authorize", data=ASKED | changed | WHO)
    assert sent.status_code == 400
    assert "code=" not in sent.headers.get("location", "")


def test_what_is_entered_is_shown_and_never_run(server: ManagementSetup) -> None:
    hostile = '"><script>alert(1)</script>'
    for answer in (
        server.http.get("/device", params={"user_code": hostile}),
        enter(server, hostile, username=hostile, password="x"),
        server.http.get("/adfs/oauth2/authorize", params=ASKED | {"login_hint": hostile}),
        server.http.get("/adfs/oauth2/authorize", params=ASKED | {"state": hostile}),
    ):
        assert "<script>" not in answer.text
        assert "password" not in answer.headers.get("location", "")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"


def test_pages_bring_their_files_and_no_others(server: ManagementSetup) -> None:
    assert server.http.get("/sign-in/page.css").headers["content-type"].startswith("text/css")
    assert server.http.get("/sign-in/continue.js").status_code == 200
    for name in ("base.html", "..%2fhtml.py", "__init__.py"):
        assert server.http.get(f"/sign-in/{name}").status_code == 404


# --- certificates


class Machine:
    """A service principal with a key of its own."""

    def __init__(
        self, server: ManagementSetup, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    ) -> None:
        self.server = server
        self.key = key
        now = server.directory.clock()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "builder")])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        raw = base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()
        lines = "\n".join(raw[at : at + 64] for at in range(0, len(raw), 64))
        body = {"displayName": "builder", "keyCredentials": [{"key": lines, "keyId": "x"}]}
        answer = server.ask("POST", "/v1.0/applications", body=body)
        assert answer.status_code == 201, answer.text
        self.id, self.app_id = answer.json()["id"], answer.json()["appId"]

    def statement(self, algorithm: str = "RS256", **claims: Any) -> str:  # noqa: ANN401 (whatever is claimed)
        """As MSAL makes it: the thumbprint padded."""
        now = int(self.server.directory.clock().timestamp())
        said = {
            "aud": f"{SERVER}/adfs/oauth2/token",
            "iss": self.app_id,
            "sub": self.app_id,
            "exp": now + 600,
            "iat": now,
            "jti": "1",
        } | claims
        thumbprint = self.certificate.fingerprint(hashes.SHA1())  # noqa: S303 (as MSAL names it)
        headers = {"x5t": base64.urlsafe_b64encode(thumbprint).decode()}
        return jwt.encode(said, self.key, algorithm, headers=headers)

    def sign_in(self, statement: str) -> httpx.Response:
        return self.server.sign_in(
            grant_type="client_credentials",
            client_id=self.app_id,
            client_assertion=statement,
            client_assertion_type=ASSERTION,
        )


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_a_machine_signs_in_with_its_certificate_once_per_statement(
    server: ManagementSetup, key: rsa.RSAPrivateKey, algorithm: str
) -> None:
    machine = Machine(server, key)
    statement = machine.statement(algorithm)
    done = machine.sign_in(statement)
    assert done.status_code == 200, done.text
    token = {"Authorization": f"Bearer {done.json()['access_token']}"}
    assert server.http.get(f"/v1.0/applications/{machine.app_id}", headers=token).status_code == 200
    again = machine.sign_in(statement)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


def test_an_elliptic_key_will_do(server: ManagementSetup) -> None:
    machine = Machine(server, ec.generate_private_key(ec.SECP256R1()))
    assert machine.sign_in(machine.statement("ES256")).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://login.example/adfs/oauth2/token"},
        {"aud": [f"{SERVER}/adfs/oauth2/token"]},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"exp": 0},
        {"exp": 10**12},
        {"exp": "soon"},
        {"nbf": 10**12},
        {"jti": "x" * 257},
        {"jti": 1},
    ],
)
def test_a_statement_that_is_not_for_us_or_not_now_is_refused(
    server: ManagementSetup, key: rsa.RSAPrivateKey, claims: dict[str, Any]
) -> None:
    machine = Machine(server, key)
    assert machine.sign_in(machine.statement(**claims)).status_code == 401


def test_another_key_does_not_sign_for_it(server: ManagementSetup, key: rsa.RSAPrivateKey) -> None:
    machine = Machine(server, key)
    machine.key = rsa.generate_private_key(65537, 2048)
    assert machine.sign_in(machine.statement()).status_code == 401
    public = machine.certificate.public_bytes(Encoding.PEM)
    shared = "HS256 with the certificate as the secret"
    assert machine.sign_in(jwt.encode({"sub": shared}, public[:64], "HS256")).status_code == 401
    assert machine.sign_in("a.b.c").status_code == 401


def test_certificates_are_shown_dropped_and_end_by_themselves(
    server: ManagementSetup, key: rsa.RSAPrivateKey
) -> None:
    machine = Machine(server, key)
    path = f"/v1.0/applications/{machine.id}"
    [shown] = server.ask("GET", path).json()["keyCredentials"]
    assert shown["key"] is None
    assert server.ask("PATCH", path, body={"keyCredentials": [shown]}).status_code == 204
    assert machine.sign_in(machine.statement(jti="2")).status_code == 200
    server.directory.clock.move(days=31)
    assert machine.sign_in(machine.statement(jti="3")).status_code == 401
    server.directory.clock.move(days=-31)
    assert server.ask("PATCH", path, body={"keyCredentials": []}).status_code == 204
    assert machine.sign_in(machine.statement(jti="4")).status_code == 401
    assert server.ask("GET", path).json()["keyCredentials"] == []


@pytest.mark.parametrize("key", ["", "no base64!", base64.b64encode(b"no certificate").decode()])
def test_what_is_no_certificate_makes_no_application(server: ManagementSetup, key: str) -> None:
    body = {"displayName": "builder", "keyCredentials": [{"key": key}]}
    assert server.ask("POST", "/v1.0/applications", body=body).status_code == 400
    assert server.ask("GET", "/v1.0/applications").json()["value"] == []


# --- the end of a sign-in


def test_a_sign_in_is_revoked(server: ManagementSetup) -> None:
    tokens = server.sign_in(grant_type="password", **WHO).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert server.sign_in(**form).status_code == 200
    for _ in range(2):
        answer = server.http.post("/adfs/oauth2/revoke", data={"token": tokens["refresh_token"]})
        assert answer.status_code == 200
    assert server.sign_in(**form).status_code == 400


def test_a_token_of_another_server_is_named_so(server: ManagementSetup) -> None:
    theirs = ec.generate_private_key(ec.SECP256R1())
    token = jwt.encode({"sub": "x"}, theirs, "ES256", headers={"kid": "theirs"})
    answer = server.http.get("/v1.0/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert "another server made it" in answer.text
    assert "AZURE_CONFIG_DIR" in answer.text
