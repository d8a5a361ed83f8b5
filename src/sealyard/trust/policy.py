"""Policies for a pull: whose signatures a tag needs besides those that TUF asks for.

A signer is a delegation directly below ``targets`` (``targets/alice`` is alice) other than
``targets/releases``, which holds what is released and not who says so. A signer counts for a tag
only if its own delegation names the tag with the very digest that the tag resolves to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.trust.errors import DelegationUnusableError, InvalidPolicyError, PolicyUnmetError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sealyard.trust.metadata import FileInfo
    from sealyard.trust.trusted_set import TrustedSet

RELEASES: Final = "targets/releases"
_PREFIX: Final = "targets/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A tag that may be believed: what it is, which role named it, which signers vouch for it."""

    info: FileInfo
    role: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PullPolicy:
    """Wants ``required`` of ``signers``; without names any signers count.

    With ``required`` 0, which is docker's rule, any valid trust data will do, also that of the
    repository's administrator alone.
    """

    signers: tuple[str, ...] = ()
    required: int = 0

    def __post_init__(self) -> None:
        if self.required < 0 or (self.signers and not 1 <= self.required <= len(self.signers)):
            reason = (
                f"{self.required} of {len(self.signers)} signers cannot be wanted"
                if self.signers
                else "a number of signers is not below 0"
            )
            raise InvalidPolicyError(reason)

    @classmethod
    def any_signer(cls) -> PullPolicy:
        """Return docker's rule: whoever may sign for the repository will do."""
        return cls()

    @classmethod
    def any_of(cls, signers: Iterable[str]) -> PullPolicy:
        """Return the policy that one of ``signers`` has to have signed."""
        return cls(_names(signers), 1)

    @classmethod
    def all_of(cls, signers: Iterable[str]) -> PullPolicy:
        """Return the policy that each of ``signers`` has to have signed."""
        names = _names(signers)
        return cls(names, len(names))

    @classmethod
    def some_of(cls, signers: Iterable[str], required: int) -> PullPolicy:
        """Return the policy that ``required`` of ``signers``, or of anybody, have to have signed.

        Raise ``InvalidPolicyError`` if there are not that many.
        """
        return cls(_names(signers), required)

    def judge(self, trusted: TrustedSet, tag: str) -> Verdict:
        """Return what ``tag`` stands for.

        Raise ``NotSignedError`` if nobody signed it, ``DelegationUnusableError`` if nobody can
        tell, ``PolicyUnmetError`` if it is signed by others than those who are wanted.
        """
        found = trusted.lookup(tag)
        signers, unusable = _vouching(trusted, tag, found.info)
        counted = [name for name in signers if not self.signers or name in self.signers]
        if len(counted) < self.required:
            causes = tuple(
                str(error)
                for name, error in unusable.items()
                if not self.signers or name in self.signers
            )
            raise PolicyUnmetError(tag, signers, self.signers, self.required, causes)
        return Verdict(found.info, found.role, signers)


def signers_of(trusted: TrustedSet, tag: str, info: FileInfo) -> tuple[str, ...]:
    """Return the names of those whose own delegation names ``tag`` with the digest of ``info``.

    Those whose delegation cannot be believed are not among them.
    """
    return _vouching(trusted, tag, info)[0]


def signer_name(role: str) -> str | None:
    """Return the signer whom the delegation ``role`` stands for, ``None`` if it is no signer's."""
    name = role.removeprefix(_PREFIX)
    if role in {RELEASES, name} or not name or "/" in name:
        return None
    return name


def _vouching(
    trusted: TrustedSet, tag: str, info: FileInfo
) -> tuple[tuple[str, ...], dict[str, DelegationUnusableError]]:
    signers: list[str] = []
    unusable: dict[str, DelegationUnusableError] = {}
    digest = info.hashes.get("sha256")
    for role in trusted.signer_roles():
        name = signer_name(role)
        if name is None:
            continue
        try:
            named = trusted.find(tag, role)
        except DelegationUnusableError as error:
            unusable[name] = error
            continue
        if digest is not None and named is not None and named.hashes.get("sha256") == digest:
            signers.append(name)
    return tuple(signers), unusable


def _names(signers: Iterable[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(signers))
    for name in names:
        if signer_name(_PREFIX + name) is None:
            reason = f"{name[:100]!r} is not the name of a signer"
            raise InvalidPolicyError(reason)
    return names
