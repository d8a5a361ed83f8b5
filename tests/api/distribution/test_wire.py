from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.access.errors import AccessError
from sealyard.api.distribution.wire import TABLE
from sealyard.errors import UnavailableError, UseCaseError
from sealyard.oci.errors import OciError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.errors import SealyardError

BRANCHES = (AccessError, OciError, UseCaseError, UnavailableError)
# OCI Distribution 1.1, "Error Codes"; answers of 5xx may say what they like.
CODES = {
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
}


def leaves(branch: type[SealyardError]) -> Iterator[type[SealyardError]]:
    below = branch.__subclasses__()
    if not below:
        yield branch
    for child in below:
        yield from leaves(child)


@pytest.mark.parametrize("error", [leaf for branch in BRANCHES for leaf in leaves(branch)])
def test_every_error_has_a_line(error: type[SealyardError]) -> None:
    assert any(ancestor in TABLE for ancestor in error.__mro__)


def test_the_codes_are_those_of_the_specification() -> None:
    assert {code for status, code in TABLE.values() if status < 500} <= CODES
