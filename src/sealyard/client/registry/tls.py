"""Whom we believe to be a server: certificate authorities, by host, and TLS contexts of them.

Every connection is verified, also on this machine. An authority is believed if the system does,
or if somebody put its certificate where docker looks for one; the pictures of the places::

    ~/.docker/tls/HOST[:PORT]/*.crt         one person's
    /etc/docker/certs.d/HOST[:PORT]/*.crt   the machine's; *.cert and *.key there are our own
    SSL_CERT_FILE                           for every host
    --ca-file                               for the hosts that are named with it, and not for those
                                            that a server sends us to
    what `sealyard login --ca-file` remembered, for its host
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sealyard.client.registry.errors import CertificateFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MACHINE_FOLDER: Final = Path("/etc/docker/certs.d")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where certificates are looked for.

    ``folders`` hold one folder for each host; ``files`` count for every host, ``given`` for hosts
    that somebody has named; ``remembered`` are PEM texts by host.
    """

    folders: tuple[Path, ...] = (MACHINE_FOLDER,)
    files: tuple[Path, ...] = ()
    given: tuple[Path, ...] = ()
    remembered: Mapping[str, str] = field(default_factory=dict)

    def context(self, host: str, *, is_named: bool = True) -> ssl.SSLContext:
        """Make the context for connections to ``host[:port]``; raise ``CertificateFileError``.

        One that is not ``is_named`` is where a server sends us.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        _load_system(context)
        given = self.given if is_named else ()
        for file in (*self.files, *given, *self._found(host, "*.crt")):
            _load_file(context, file)
        if host in self.remembered:
            _load_text(context, self.remembered[host])
        for file in self._found(host, "*.cert"):
            _load_own(context, file)
        return context

    def place_for(self, host: str) -> Path:
        """Return where to put an authority's certificate for ``host``, to be believed next time."""
        return (*self.folders, MACHINE_FOLDER)[0] / host / "ca.crt"

    def _found(self, host: str, pattern: str) -> Iterator[Path]:
        for folder in self.folders:
            try:
                yield from sorted((folder / host).glob(pattern))
            except OSError:  # a machine's folder that this person may not read
                continue


def _load_system(context: ssl.SSLContext) -> None:
    """Believe whom the system believes.

    A folder with hashed names is looked into when a certificate has to be judged; the one big file
    of all authorities, which is the default, takes 20 ms to read at every start.
    """
    folder = ssl.get_default_verify_paths().capath
    if folder and next(Path(folder).glob("*.0"), None) is not None:
        context.load_verify_locations(capath=folder)
    else:
        context.load_default_certs()


def _load_file(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise CertificateFileError(str(file), str(error)) from error


def _load_text(context: ssl.SSLContext, text: str) -> None:
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        place = "the certificate that the sign-in remembered"
        raise CertificateFileError(place, str(error)) from error


def _load_own(context: ssl.SSLContext, file: Path) -> None:
    """Present our own certificate where a server asks for one, as docker does."""
    try:
        context.load_cert_chain(file, file.with_suffix(".key"))
    except (OSError, ssl.SSLError) as error:
        raise CertificateFileError(str(file), str(error)) from error
