"""Reading trust data: what may be believed now, remembered for the next time.

The cache is the memory: the files that were believed last, as docker and notary keep them too. It
is written after a whole walk has succeeded, the root first, and never goes back.

Without a server the cache may stand in, but only until one of its files expires (the timestamp
first, after two weeks), and every time with a notice. No server means that none answers, or that
one says it cannot (5xx): whoever controls the network can bring about either. Every other answer
(401, 403, 404, 429 …) is one, and so is a certificate that is not to be trusted: docker takes its
cache then too, and a revoked right or removed trust data goes unnoticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.client.errors import (
    ConnectionFailedError,
    ServerRefusedError,
    TrustDataMissingError,
)
from sealyard.client.registry.errors import CertificateRefusedError
from sealyard.client.trust.folder_lock import locked
from sealyard.client.trust.walk import Rules, Walk
from sealyard.trust.errors import ExpiredMetadataError, PinMismatchError, TrustError
from sealyard.trust.limits import TrustLimits
from sealyard.trust.policy import RELEASES
from sealyard.trust.signed_file import parse_timestamp
from sealyard.trust.trusted_set import Expiry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sealyard.client.trust.cache import TrustCache
    from sealyard.client.trust.walk import TrustFiles
    from sealyard.trust.pins import Pins
    from sealyard.trust.trusted_set import TrustedSet

_SERVER_FAILS: Final = 500
# The beginning is docker's, for scripts and searches.
_OFFLINE: Final = (
    "Error while downloading remote metadata, using cached timestamp - this might not be the "
    "latest version available remotely: {cause} (cached trust data of {gun}, at the latest until "
    "{until:%Y-%m-%d %H:%M} UTC)"
)


class TrustReader:
    """Reads the trust data of the repository that ``service`` is about.

    ``notice`` is told, as a sentence, what a person should know although the reading goes on.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (what a reading depends on, one value each)
        self,
        service: TrustFiles,
        cache: TrustCache,
        pins: Pins,
        clock: Callable[[], datetime],
        limits: TrustLimits | None = None,
        notice: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._service = service
        self._cache = cache
        self._pins = pins
        self._clock = clock
        self._limits = limits or TrustLimits()
        self._notice = notice

    @property
    def gun(self) -> str:
        """The repository, as ``host[:port]/repository``."""
        return self._service.gun

    def refresh(self) -> TrustedSet:
        """Return what may be believed now.

        Raise ``TrustDataMissingError`` if there is no trust data (``TrustDataRemovedError`` if
        there was), a ``TrustError`` that names the attack that it may be, ``ServerRefusedError``,
        or ``ConnectionFailedError`` if the cache cannot stand in.
        """
        earlier = self._remembered()
        try:
            trusted = Walk(self._service, earlier, self._rules()).run()
        except (ConnectionFailedError, ServerRefusedError) as error:
            if not _is_unavailable(error):
                raise
            return self._from_cache(earlier, error)
        self._keep(earlier, trusted)
        self._tell(trusted)
        return trusted

    def refresh_for_publishing(self) -> TrustedSet:
        """Return the present state for an owner who changes it: never from the cache alone.

        The newest root is looked for first. What has expired is noted in ``expired`` of the set
        instead of refused: the owner could not repair it otherwise. Raise as ``refresh``.
        """
        earlier = self._remembered()
        trusted = Walk(self._service, earlier, self._rules(Expiry.FORGIVEN)).run(root_first=True)
        self._keep(earlier, trusted)
        for error in trusted.expired:
            self._notice(f"{error}: it has to be signed again")
        self._tell(trusted)
        return trusted

    def _remembered(self) -> dict[str, bytes]:
        """Return all that is cached, at once: what others write meanwhile is no memory of ours."""
        found = {role: self._cache.read(role) for role in self._cache.roles()}
        return {role: raw for role, raw in found.items() if raw is not None}

    def _rules(self, expiry: Expiry = Expiry.REFUSED) -> Rules:
        return Rules(self._clock(), self._limits, self._pins, expiry)

    def _from_cache(
        self, earlier: Mapping[str, bytes], cause: ConnectionFailedError | ServerRefusedError
    ) -> TrustedSet:
        try:
            trusted = Walk(_Cached(self.gun, earlier), earlier, self._rules()).run()
        except ExpiredMetadataError as error:
            error.args = (f"{error}. Nothing newer can be had: {cause}",)
            raise
        except PinMismatchError:
            raise
        except (TrustError, TrustDataMissingError):
            raise cause from None
        until = min(
            file.expires
            for file in (trusted.root, trusted.timestamp, trusted.snapshot)
            if file is not None
        )
        self._notice(_OFFLINE.format(cause=cause, gun=self.gun, until=until))
        self._tell(trusted)
        return trusted

    def _keep(self, earlier: Mapping[str, bytes], trusted: TrustedSet) -> None:
        """Remember what is believed now; raise ``OSError``."""
        files = {"root": trusted.root.raw}
        files |= {role: file.raw for role, file in trusted.targets.items()}
        for file in (trusted.snapshot, trusted.timestamp):
            if file is not None:
                files[file.role] = file.raw
        changed = {role: raw for role, raw in files.items() if earlier.get(role) != raw}
        if not changed:
            return
        with locked(self._cache.folder):
            if self._is_overtaken(earlier, trusted):
                return
            for role, raw in changed.items():
                self._cache.write(role, raw)

    def _is_overtaken(self, earlier: Mapping[str, bytes], trusted: TrustedSet) -> bool:
        """Tell whether another client has believed something newer in the meantime."""
        raw = self._cache.read("timestamp")
        if raw is None or raw == earlier.get("timestamp") or trusted.timestamp is None:
            return False
        try:
            return parse_timestamp(raw, self._limits).version > trusted.timestamp.version
        except TrustError:
            return False

    def _tell(self, trusted: TrustedSet) -> None:
        for error in trusted.refused.values():
            self._notice(str(error))
        if (
            RELEASES in trusted.unpublished("targets")
            and trusted.targets["targets"].content.targets
        ):
            self._notice(
                f"{self.gun} declares {RELEASES}, which nobody has published yet: its tags are "
                "taken from targets"
            )


class _Cached:
    """The cache in the place of a server: it has what the walk does not find in it anyway."""

    def __init__(self, gun: str, earlier: Mapping[str, bytes]) -> None:
        self.gun = gun
        self._earlier = earlier

    def file(self, name: str, limit: int) -> bytes:
        """Return a file that is asked for without its hash; the others are in ``earlier``."""
        raw = self._earlier.get(name.removesuffix(".json"))
        if raw is None or len(raw) > limit:
            raise TrustDataMissingError(self.gun, "the cache")
        return raw


def _is_unavailable(error: ConnectionFailedError | ServerRefusedError) -> bool:
    if isinstance(error, ServerRefusedError):
        return error.status >= _SERVER_FAILS
    return not isinstance(error, CertificateRefusedError)
