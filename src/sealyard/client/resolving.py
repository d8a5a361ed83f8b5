"""From a tag to the digest that the signatures vouch for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import UnusableTargetError
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from sealyard.client.trust.updater import TrustReader
    from sealyard.oci.references import ImageReference
    from sealyard.trust.policy import PullPolicy, Verdict
    from sealyard.trust.trusted_set import TrustedSet

_SHA256_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Resolved:
    """A tag that may be believed.

    ``digest`` names the manifest or index, of ``size`` bytes as its signer says (docker does not
    compare the size, so it is for showing only). ``role`` is the one that the tag was taken from;
    ``signers`` are the names of those who vouch for this very digest, without the
    administrators of the repository.
    """

    reference: ImageReference
    digest: Digest
    size: int
    role: str
    signers: tuple[str, ...]

    @property
    def pinned(self) -> str:
        """The image by its digest, as ``host/repository@sha256:…``."""
        return f"{self.reference.gun}@{self.digest}"


def resolve(reader: TrustReader, reference: ImageReference, policy: PullPolicy) -> Resolved:
    """Return what ``reference``, which has a tag, stands for.

    Raise ``NotSignedError`` or ``PolicyUnmetError`` if nobody, or not the right ones, signed it;
    any other ``TrustError`` if the trust data may not be believed; ``TrustDataMissingError`` if
    the repository has none; ``ConnectionFailedError``.
    """
    return resolved(reader.refresh(), reference, policy)


def resolve_all(
    reader: TrustReader, reference: ImageReference, policy: PullPolicy
) -> list[Resolved]:
    """Return every signed tag of the repository that the policy lets pass, in order of name.

    Raise as ``resolve``. A tag that the policy does not let pass ends it: whoever asks for all of
    them is not to get some.
    """
    trusted = reader.refresh()
    names = {name for role in ("targets/releases", "targets") for name in _names(trusted, role)}
    return [resolved(trusted, reference.with_tag(name), policy) for name in sorted(names)]


def resolved(trusted: TrustedSet, reference: ImageReference, policy: PullPolicy) -> Resolved:
    """Judge one tag by trust data that is there already; raise as ``resolve``."""
    tag = reference.tag or "latest"
    verdict = policy.judge(trusted, tag)
    return Resolved(
        reference=reference,
        digest=_digest(tag, verdict),
        size=verdict.info.length,
        role=verdict.role,
        signers=verdict.signers,
    )


def _digest(tag: str, verdict: Verdict) -> Digest:
    sha256 = verdict.info.hashes.get("sha256", b"")
    if len(sha256) != _SHA256_BYTES:
        raise UnusableTargetError(tag)
    return Digest("sha256", sha256.hex())


def _names(trusted: TrustedSet, role: str) -> list[str]:
    file = trusted.targets.get(role)
    if file is None:
        return []
    return [name for name in file.content.targets if trusted.find(name, role) is not None]
