"""Judging roots: whether one may be believed, and whether it may follow that one.

The same judgement for the server (may this root be stored) and the client (may it be trusted).
The sentences are notary's, with the cause behind them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.trust.certificates import check_current, check_root_key
from sealyard.trust.errors import CertificateError, KeyFormatError, SignatureError

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.trust.keys import PublicKey
    from sealyard.trust.metadata import Root
    from sealyard.trust.signed_file import SignedFile

_NO_PATH = "could not validate the path to a trusted root: "
_NO_ROTATION = (
    "could not rotate trust to a new trusted root: "
    "failed to validate data with current trusted certificates"
)


def check_root(root: SignedFile[Root], gun: str, now: datetime | None) -> None:
    """Raise unless ``root`` is consistent in itself: certificates for ``gun``, enough signatures.

    Raise ``CertificateError`` if none of its root keys stands for ``gun`` today,
    ``SignatureError`` if those that do have not signed it. Without ``now`` the dates of the
    certificates play no part: so for a root that another one has followed.
    """
    keys, threshold = root.content.role("root")
    good: dict[str, PublicKey] = {}
    causes: list[str] = []
    for keyid, key in keys.items():
        try:
            check_root_key(key, gun)
            if now is not None:
                check_current(key, now)
        except (CertificateError, KeyFormatError) as error:
            causes.append(str(error))
        else:
            good[keyid] = key
    if not good:
        cause = causes[0] if causes else "it names no root key"
        message = f"{_NO_PATH}unable to retrieve valid leaf certificates ({cause})"
        raise CertificateError(message)
    try:
        root.verify(good, threshold)
    except SignatureError as error:
        message = f"{_NO_PATH}failed to validate integrity of roots"
        raise SignatureError(root.role, message) from error


def check_rotation(new: SignedFile[Root], previous: Root, gun: str) -> None:
    """Raise ``SignatureError`` unless enough root keys of ``previous`` have signed ``new``.

    The previous certificates may have expired: their keys are what was trusted.
    """
    keys, threshold = previous.role("root")
    good: dict[str, PublicKey] = {}
    for keyid, key in keys.items():
        try:
            check_root_key(key, gun)
        except (CertificateError, KeyFormatError):
            continue
        good[keyid] = key
    try:
        new.verify(good, threshold)
    except SignatureError as error:
        raise SignatureError(new.role, _NO_ROTATION) from error
