"""The client: a registry's images with the guarantee that they are the ones that were signed.

This is where the parts are joined. A ``Client`` is made once, from values; each repository is then
a method call away. It prints nothing and asks nobody: whoever makes it says where notices and
questions for passphrases go.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from sealyard.client.management.profile import ProfileStore
from sealyard.client.pulling import Wanted, unsigned_tag
from sealyard.client.registry.credentials import Credentials, FromDocker, FromSignIn
from sealyard.client.registry.docker_config import DockerConfig
from sealyard.client.registry.origins import Origins
from sealyard.client.registry.repository import RemoteRepository
from sealyard.client.registry.tls import MACHINE_FOLDER, Certificates
from sealyard.client.registry.transport import StreamTransport
from sealyard.client.resolving import resolve, resolve_all
from sealyard.client.transfer.platform import Platform
from sealyard.client.transfer.progress import SILENT
from sealyard.client.trust.cache import TrustCache
from sealyard.client.trust.key_store import KeyStore
from sealyard.client.trust.passphrases import DockerVariables
from sealyard.client.trust.service import TrustService
from sealyard.client.trust.updater import TrustReader
from sealyard.oci.references import ImageReference
from sealyard.trust.pins import Pins
from sealyard.trust.policy import PullPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from sealyard.client.pushing import Push
    from sealyard.client.registry.docker_config import Credential
    from sealyard.client.resolving import Resolved
    from sealyard.client.surroundings import Surroundings
    from sealyard.client.transfer.progress import Progress
    from sealyard.client.trust.editor import Editor
    from sealyard.client.trust.inspection import Inspection
    from sealyard.client.trust.passphrases import Passphrases
    from sealyard.client.trust.publisher import Publisher, Revocation, Signing
    from sealyard.client.trust.rotation import Rotation
    from sealyard.client.trust.signers import Signers


def _now() -> datetime:
    return datetime.now(UTC)


def _silent(_text: str) -> None:
    """Tell nobody."""


class Client:
    """Everything that one person, at one machine, does with images and their signatures.

    ``passphrases`` answers for locked keys (default: docker's two variables alone). ``pins`` are
    the roots that may speak for repositories (default: trust on first use). ``notice`` is told, in
    sentences, what a person should know but what stops nothing. ``ca_file`` holds certificates of
    authorities in PEM that are believed besides those of the system and of docker's folders, for
    the hosts that images are named with and not for those that a registry sends us to.
    ``plain_http`` are hosts of this machine that are spoken to without TLS. ``transport`` takes the
    network's place in tests.
    """

    def __init__(  # noqa: PLR0913 (each is a choice of whoever makes a client)
        self,
        surroundings: Surroundings,
        *,
        passphrases: Passphrases | None = None,
        pins: Pins | None = None,
        clock: Callable[[], datetime] = _now,
        notice: Callable[[str], None] = _silent,
        ca_file: Path | None = None,
        plain_http: frozenset[str] = frozenset(),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.surroundings = surroundings
        self.transport = transport
        self.clock = clock
        self.notice = notice
        self.pins = pins or Pins()
        answers = passphrases or DockerVariables(
            surroundings.root_passphrase, surroundings.repository_passphrase
        )
        self.keys = KeyStore(surroundings.trust_folder, answers, notice)
        profiles = ProfileStore(surroundings.config_folder)
        everywhere = surroundings.certificate_file
        self.certificates = Certificates(
            folders=(surroundings.docker_folder / "tls", MACHINE_FOLDER),
            files=() if everywhere is None else (everywhere,),
            given=() if ca_file is None else (ca_file,),
            remembered=profiles.remembered_authorities(),
        )
        config = DockerConfig.load(surroundings.docker_folder)
        self._credentials = Credentials(
            FromDocker(config),
            FromSignIn(profiles, clock, transport or StreamTransport(self.certificates.context)),
        )
        self.origins = Origins(
            self.certificates,
            self._credentials,
            trust_server=surroundings.trust_server,
            plain_http=plain_http,
            notice=notice,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; leaving the client as a context manager does it too."""
        self.origins.close()

    def credential(self, host: str) -> Credential | None:
        """Return who we are at a registry, ``None`` for nobody; raise ``ClientError``."""
        return self._credentials(host)

    def docker_knows(self, host: str) -> bool:
        """Tell whether docker itself is signed in to a registry, or has a program for it.

        Raise ``DockerConfigError``.
        """
        return DockerConfig.load(self.surroundings.docker_folder).knows(host)

    def repository(self, reference: ImageReference) -> RemoteRepository:
        """Return the repository that ``reference`` names."""
        return RemoteRepository(self.origins.registry(reference.host), reference.repository)

    def cache(self, reference: ImageReference) -> TrustCache:
        """Return what is remembered here of the repository's trust data."""
        return TrustCache(self.surroundings.trust_folder, reference.gun)

    def service(self, reference: ImageReference) -> TrustService:
        """Return the trust data that a server holds of the repository."""
        return TrustService(self.origins.trust(reference.host), reference.gun)

    def reader(self, reference: ImageReference) -> TrustReader:
        """Return what verifies the repository's trust data."""
        return TrustReader(
            self.service(reference),
            self.cache(reference),
            self.pins,
            self.clock,
            notice=self.notice,
        )

    def editor(self, reference: ImageReference) -> Editor:
        """Return what changes the repository's trust data."""
        from sealyard.client.trust.editor import Editor  # noqa: PLC0415 (only where it is used: a start is to be quick)

        return Editor(
            self.service(reference),
            self.reader(reference),
            self.keys,
            self.cache(reference),
            self.surroundings.trust_folder,
            self.clock,
            self.notice,
        )

    def publisher(self, reference: ImageReference, signer: str | None = None) -> Publisher:
        """Return what signs tags of the repository; with ``signer`` as nobody but that one."""
        from sealyard.client.trust.publisher import Publisher  # noqa: PLC0415 (only where it is used: a start is to be quick)

        return Publisher(self.editor(reference), signer)

    def signers(self, reference: ImageReference) -> Signers:
        """Return what changes who may sign tags of the repository."""
        from sealyard.client.trust.signers import Signers  # noqa: PLC0415 (only where it is used: a start is to be quick)

        return Signers(self.editor(reference))

    def rotation(self, reference: ImageReference) -> Rotation:
        """Return what replaces the repository's keys."""
        from sealyard.client.trust.rotation import Rotation  # noqa: PLC0415 (only where it is used: a start is to be quick)

        return Rotation(self.editor(reference))

    def resolve(
        self, reference: ImageReference | str, policy: PullPolicy | None = None
    ) -> Resolved:
        """Return the digest that a tag stands for, as its signers say.

        Raise ``NotSignedError`` (no valid trust data for the tag), ``PolicyUnmetError``,
        ``TrustDataMissingError``, another ``TrustError`` that names the attack that it may be, or
        ``ClientError``. Source of the rules: TUF 1.0, section 5, as notary reads it.
        """
        parsed = _parsed(reference)
        return resolve(self.reader(parsed), parsed, policy or PullPolicy.any_signer())

    def signed_tags(
        self, repository: ImageReference | str, policy: PullPolicy | None = None
    ) -> list[Resolved]:
        """Return every signed tag of a repository, in order of name; raise as ``resolve``."""
        parsed = _parsed(repository)
        return resolve_all(self.reader(parsed), parsed, policy or PullPolicy.any_signer())

    def pull(  # noqa: PLR0913 (each is a choice of whoever pulls)
        self,
        reference: ImageReference | str,
        place: str | None = None,
        *,
        content_trust: bool = True,
        policy: PullPolicy | None = None,
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> Wanted:
        """Pull an image by its digest; return which one, and what it is called now.

        ``place`` is ``oci:DIR[:TAG]``, ``oci-archive:FILE[:TAG]`` or ``docker-archive:FILE``;
        without one it is the Docker Engine. ``platform`` (``linux/arm64``) chooses from an index.
        With ``content_trust`` nothing is fetched unless the tag is signed, as ``policy`` wants;
        a digest vouches for itself. Raise as ``resolve``, ``DigestMismatchError`` for content that
        is not what it should be, and what the place raises; it shows nothing of the image then.
        """
        from sealyard.client.pull_places import PullPlace  # noqa: PLC0415 (only where it is used: a start is to be quick)

        named = _parsed(reference)
        if named.digest is not None:
            wanted = Wanted(named, named.digest)
        elif content_trust:
            wanted = Wanted(named, self.resolve(named, policy).digest)
        else:
            wanted = unsigned_tag(self.repository(named), named)
        with PullPlace(self, place, platform) as there:
            there.pull(wanted, progress or SILENT)
        return wanted

    def push(
        self,
        reference: ImageReference | str,
        place: str | None = None,
        *,
        content_trust: bool = True,
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> Push:
        """Push an image from ``place``, else from the Engine; with ``content_trust`` sign it.

        The tag is set after it was signed. Raise ``SigningFailedError`` with the cause (no tag has
        changed then), ``ClientError``.
        """
        from sealyard.client.push_sources import PushSources  # noqa: PLC0415 (only where it is used: a start is to be quick)
        from sealyard.client.pushing import Pushing  # noqa: PLC0415 (only where it is used: a start is to be quick)

        named = _parsed(reference)
        repository = self.repository(named)
        pushing = Pushing(
            repository,
            self.publisher(named) if content_trust else None,
            progress or SILENT,
            None if platform is None else Platform.parse(platform),
        )
        return pushing.push(PushSources(self.surroundings, repository).one(named, place))

    def sign(self, reference: ImageReference | str) -> Signing:
        """Sign a tag as the image or index that the registry has under it.

        Raise ``SigningFailedError`` with the cause, ``ManifestMissingError``, ``ClientError``.
        """
        from sealyard.client.signing import sign_in_registry  # noqa: PLC0415 (only where it is used: a start is to be quick)

        named = _parsed(reference)
        return sign_in_registry(self.repository(named), self.publisher(named), named)

    def revoke(self, reference: ImageReference | str) -> Revocation:
        """Take a tag out of every role whose key is here; the rest is in ``left_in``.

        Raise ``NotSignedError`` if it is in none, ``SigningFailedError``, ``ClientError``.
        """
        named = _parsed(reference)
        return self.publisher(named).revoke(named.tag or "latest")

    def inspect(self, repository: ImageReference | str) -> Inspection:
        """Return which tags of a repository are signed, by whom, and with which keys.

        Raise a ``TrustError``, ``TrustDataMissingError``, ``ClientError``.
        """
        from sealyard.client.trust.inspection import inspected  # noqa: PLC0415 (only where it is used: a start is to be quick)

        return inspected(self.reader(_parsed(repository)).refresh(), None)


def _parsed(reference: ImageReference | str) -> ImageReference:
    return ImageReference.familiar(reference) if isinstance(reference, str) else reference
