"""The parts that both the preparation and the workers open: clock, keys, certificate, database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sealyard.db.database import Database
from sealyard.db.generations import Generations
from sealyard.keystore import master_key
from sealyard.keystore.sealing import Sealer
from sealyard.keystore.tls import CertificateFiles, local_certificate

if TYPE_CHECKING:
    from sealyard.settings import Settings


def now() -> datetime:
    """Return the present moment; the only clock that is read."""
    return datetime.now(UTC)


def shared_generations(settings: Settings) -> Generations:
    """Open the stamps that all workers of this data folder share."""
    return Generations.shared(settings.data_dir / "run" / "generations")


def certificate_files(settings: Settings) -> CertificateFiles:
    """Find the server's certificate: the operator's, or one of the local authority."""
    if settings.tls_certificate is not None and settings.tls_key is not None:
        return CertificateFiles(settings.tls_certificate, settings.tls_key)
    names = [origin.rpartition(":")[0] or origin for origin in settings.origins]
    hosts = [*names, settings.listen.host, "localhost", "127.0.0.1", "::1"]
    return local_certificate(settings.data_dir / "tls", hosts, now())


def sealer(settings: Settings) -> Sealer:
    """Find or make the master key."""
    if settings.master_key is not None:
        return Sealer(master_key.decode(settings.master_key, "SEALYARD_MASTER_KEY"))
    if settings.master_key_file is not None:
        return Sealer(master_key.read(settings.master_key_file))
    return Sealer(master_key.read_or_make(settings.data_dir / "keys" / "master.key"))


def database(settings: Settings) -> Database:
    """Open the database."""
    path = settings.database_url.removeprefix("sqlite:///")
    file = Path("/", path) if path else settings.data_dir / "sealyard.db"
    return Database(file, shared_generations(settings))


def blob_folder(settings: Settings) -> Path:
    """Find the folder that holds ``blobs`` and ``uploads``."""
    path = settings.blobs_url.removeprefix("file://")
    return Path(path) if path else settings.data_dir
