"""The table of all settings: name, reader, default, bounds and what each does.

The flag (``--token-lifetime``), the variable (``SEALYARD_TOKEN_LIFETIME``), the key in the TOML
file (``token_lifetime``) and the page ``docs/reference/settings.md`` all come from a row of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.settings.values import (
    Address,
    choice,
    count,
    duration,
    login_server,
    many,
    path,
    registry_name,
    size,
    switch,
    text,
    url,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX: Final = "SEALYARD_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: how a setting is named, read, bounded and explained."""

    name: str
    read: Callable[[str], object]
    default: str | None
    form: str
    help: str
    secret: bool = False
    repeatable: bool = False

    @property
    def flag(self) -> str:
        """The setting's flag on the command line."""
        name = self.name.replace("prefixes", "prefix").removesuffix("s" if self.repeatable else "")
        return "--" + name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The setting's variable in the environment."""
        return PREFIX + self.name.upper()


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("data_dir", path, "data", "folder", "Where everything is kept; made at first start."),
    Setting("listen", Address.parse, "localhost:5443", "HOST:PORT", "The address to listen on."),
    Setting(
        "name",
        registry_name,
        "myregistry",
        "name",
        "The registry's name, 5 to 50 letters and digits.",
    ),
    Setting(
        "login_servers",
        many(login_server),
        "",
        "HOST[:PORT]",
        "A name that clients reach the registry by, as it stands in image references; may be given "
        "more than once (a comma-separated list in the variable). The first is the one the "
        "registry calls itself by. Default: the address of `listen`.",
        repeatable=True,
    ),
    Setting(
        "gun_prefixes",
        many(text),
        "",
        "prefix/",
        "A further prefix under which trust data is accepted, for tools that name collections "
        "otherwise than `<login server>/<repository>`; may be given more than once.",
        repeatable=True,
    ),
    Setting("workers", count(1, 64), "2", "1 to 64", "How many processes answer requests."),
    Setting(
        "tls",
        switch,
        "on",
        "on|off",
        "`off` serves plain http: only behind a proxy on the same machine, or to measure.",
    ),
    Setting(
        "tls_certificate",
        path,
        None,
        "file",
        "The server's certificate chain in PEM. Default: one that the registry's own CA signs "
        "(`tls/ca.pem` in the data folder).",
    ),
    Setting("tls_key", path, None, "file", "The private key of `tls_certificate`, in PEM."),
    Setting(
        "database_url",
        url("sqlite"),
        "",
        "sqlite:///PATH",
        "The database. Default: `sealyard.db` in the data folder.",
        secret=True,
    ),
    Setting(
        "blobs_url", url("file"), "", "file:///PATH", "Where blobs are. Default: the data folder."
    ),
    Setting(
        "master_key",
        text,
        None,
        "base64",
        "The key of 32 bytes, in base64, that seals every secret at rest. Default: the file of "
        "`master_key_file`, or `keys/master.key` in the data folder, made at first start.",
        secret=True,
    ),
    Setting("master_key_file", path, None, "file", "A file that holds `master_key`."),
    Setting(
        "admin_password",
        text,
        None,
        "password",
        "The first Owner's password, used at first start only. Default: made and printed once.",
        secret=True,
    ),
    Setting(
        "token_lifetime",
        duration("60s", "1h"),
        "5m",
        "duration",
        "How long a registry token is valid.",
    ),
    Setting(
        "refresh_token_lifetime",
        duration("1h", "1y"),
        "30d",
        "duration",
        "How long a login kept by a client can be used.",
    ),
    Setting(
        "management_token_lifetime",
        duration("5m", "1d"),
        "1h",
        "duration",
        "How long a management token (`sealyard login`, `az login`) is valid.",
    ),
    Setting(
        "registry_key_algorithm",
        choice("ecdsa", "ed25519"),
        "ecdsa",
        "ecdsa|ed25519",
        "The algorithm of new snapshot and timestamp keys.",
    ),
    Setting(
        "snapshot_lifetime",
        duration("60s", "3y"),
        "3y",
        "duration",
        "How long a snapshot is valid; renewed once half of that is over.",
    ),
    Setting(
        "timestamp_lifetime",
        duration("60s", "1y"),
        "14d",
        "duration",
        "How long a timestamp is valid; renewed once half of that is over.",
    ),
    Setting(
        "max_root_lifetime",
        duration("1d", "100y"),
        "3681d",
        "duration",
        "The longest validity that a published root may claim (clients ask for 3650 days).",
    ),
    Setting(
        "max_targets_lifetime",
        duration("1d", "100y"),
        "1126d",
        "duration",
        "The longest validity that published targets and snapshots may claim (clients ask for "
        "1095 days).",
    ),
    Setting(
        "max_publish_size",
        size("64KiB", "256MiB"),
        "32MiB",
        "size",
        "The largest body of one publish of trust data.",
    ),
    Setting("max_manifest_size", size("64KiB", "64MiB"), "4MiB", "size", "The largest manifest."),
    Setting(
        "max_page_size",
        count(100, 100_000),
        "10000",
        "100 to 100000",
        "The most entries that one page of a list holds.",
    ),
    Setting(
        "max_open_uploads",
        count(1, 100_000),
        "500",
        "1 to 100000",
        "How many uploads one identity may have open at once.",
    ),
    Setting(
        "upload_lifetime",
        duration("1h", "1y"),
        "7d",
        "duration",
        "After how long an unfinished upload is removed.",
    ),
    Setting(
        "password_checks",
        count(1, 64),
        "1",
        "1 to 64",
        "How many passwords one worker checks at once; each takes 20 MiB while it lasts.",
    ),
    Setting(
        "cache_size",
        size("1MiB", "64GiB"),
        "16MiB",
        "size",
        "Memory for ready answers in each worker.",
    ),
    Setting(
        "drain_time",
        duration("1s", "1h"),
        "30s",
        "duration",
        "How long requests under way may take to finish when the server is stopped.",
    ),
    Setting("log_format", choice("text", "json"), "text", "text|json", "How log lines look."),
    Setting(
        "log_level",
        choice("debug", "info", "warning", "error"),
        "info",
        "debug|info|warning|error",
        "The least urgent lines that are logged.",
    ),
)


def reference() -> str:
    """Return the text of ``docs/reference/settings.md``."""
    lines = [
        "# Settings",
        "",
        "Each can be given as a flag of `sealyard serve`, as a variable, or in the TOML file of",
        "`--config FILE`. A flag wins over a variable, a variable over the file, the file over the",
        "default. This page is made by `make reference` out of `src/sealyard/settings/table.py`.",
        "",
        "| setting (file) | flag | variable | value | default | what it does |",
        "|---|---|---|---|---|---|",
    ]
    for row in SETTINGS:
        default = f"`{row.default}`" if row.default else ""
        flag = "" if row.secret else f"`{row.flag}`"
        form = row.form.replace("|", "\\|")
        lines.append(
            f"| `{row.name}` | {flag} | `{row.variable}` | {form} | {default} | {row.help} |"
        )
    return "\n".join([*lines, ""])
