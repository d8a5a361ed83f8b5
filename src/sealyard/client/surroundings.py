"""What the client takes from the environment: folders, docker's switches, docker's passphrases.

The variables are docker's own where docker has one, so that a pipeline that was written for docker
runs with Sealyard unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from sealyard.client.errors import InvalidTrustServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What Go's strconv.ParseBool takes for false; docker takes everything else for true.
_GO_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_DEFAULT_ENGINE: Final = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The values that the client's parts are made of.

    ``content_trust`` is the default of ``--disable-content-trust``, the other way round.
    ``trust_server`` is an origin that serves trust data for *every* registry, as docker has it;
    without it each registry serves its own. ``docker_certificates`` is the folder of those for an
    Engine over TLS.
    """

    docker_folder: Path
    config_folder: Path
    cache_folder: Path
    content_trust: bool = False
    trust_server: str | None = None
    root_passphrase: str | None = field(default=None, repr=False)
    repository_passphrase: str | None = field(default=None, repr=False)
    docker_host: str = _DEFAULT_ENGINE
    docker_certificates: Path | None = None
    askpass: str | None = None
    certificate_file: Path | None = None

    @property
    def trust_folder(self) -> Path:
        """Where keys and trust data are kept, shared with docker and notary."""
        return self.docker_folder / "trust"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> Self:
        """Read the variables; raise ``InvalidTrustServerError``."""

        def folder(variable: str, usual: Path) -> Path:
            named = environment.get(variable)
            return Path(named).expanduser() if named else usual

        docker = folder("DOCKER_CONFIG", home / ".docker")
        config = folder("XDG_CONFIG_HOME", home / ".config") / "sealyard"
        secure = bool(environment.get("DOCKER_TLS_VERIFY"))  # any value, as docker has it
        certificates = environment.get("SSL_CERT_FILE")
        return cls(
            docker_folder=docker,
            config_folder=folder("SEALYARD_CONFIG_DIR", config),
            cache_folder=folder("XDG_CACHE_HOME", home / ".cache") / "sealyard",
            content_trust=is_on(environment.get("DOCKER_CONTENT_TRUST", "")),
            trust_server=_trust_server(environment.get("DOCKER_CONTENT_TRUST_SERVER", "")),
            root_passphrase=environment.get("DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"),
            repository_passphrase=environment.get("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"),
            docker_host=environment.get("DOCKER_HOST") or _DEFAULT_ENGINE,
            docker_certificates=folder("DOCKER_CERT_PATH", docker) if secure else None,
            askpass=environment.get("SEALYARD_ASKPASS") or None,
            certificate_file=Path(certificates) if certificates else None,
        )


def is_on(text: str) -> bool:
    """Tell whether a variable with this value switches content trust on, by docker's rule.

    Everything but nothing and the words for false does: ``banana`` is on.
    """
    return bool(text) and text not in _GO_FALSE


def _trust_server(text: str) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise InvalidTrustServerError(text)
    return text.rstrip("/")
