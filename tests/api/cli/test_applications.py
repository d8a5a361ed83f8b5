from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from management_setup import SERVER

if TYPE_CHECKING:
    from pathlib import Path

    from shell_setup import OwnersShell


def certificate(folder: Path) -> str:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 11, 23, tzinfo=UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "builder")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    file = folder / "builder.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return str(file)


def test_an_application_is_made_shown_changed_and_deleted(shell: OwnersShell) -> None:
    made = shell.done("ad", "app", "create", "--display-name", "builder").json
    app = ("--id", made["appId"])
    assert shell.done("ad", "app", "show", *app).json["id"] == made["id"]
    shell.done("ad", "app", "update", *app, "--display-name", "Builder", "--identifier-uris", "x:b")
    names = ("--query", "[].displayName", "-o", "tsv")
    assert shell.done("ad", "app", "list", "--display-name", "Buil", *names).out == "Builder\n"
    assert shell.done("ad", "sp", "show", "--id", "x:b").json["appId"] == made["appId"]
    shell.done("ad", "app", "delete", *app)
    assert "there is no application" in shell.run("ad", "app", "show", *app).err
    assert shell.run("ad", "app", "update", *app).code == 2


def test_secrets_and_certificates_come_and_go(shell: OwnersShell, tmp_path: Path) -> None:
    made = shell.done("ad", "app", "create", "--display-name", "builder").json
    app, credential = ("--id", made["appId"]), ("ad", "app", "credential")
    secret = shell.done(*credential, "reset", *app).json["password"]
    server = ("--server", SERVER, "--username", made["appId"], "--service-principal")
    shell.done("login", *server, "--password-stdin", stdin=secret)
    shell.sign_in()
    file = certificate(tmp_path)
    for append in ((), ("--append",)):
        shell.done(*credential, "reset", *app, "--cert", file, "--display-name", "ci", *append)
    first, second = shell.done(*credential, "list", *app, "--cert").json
    shell.done(*credential, "delete", *app, "--cert", "--key-id", first["keyId"])
    [left] = shell.done(*credential, "list", *app, "--cert").json
    assert left["keyId"] == second["keyId"]
    assert shell.run(*credential, "delete", *app, "--cert", "--key-id", "none").code == 1
    [kept] = shell.done(*credential, "list", *app).json
    shell.done(*credential, "delete", *app, "--key-id", kept["keyId"])
    assert shell.done(*credential, "list", *app).json == []
