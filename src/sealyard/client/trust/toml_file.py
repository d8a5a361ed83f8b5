"""The TOML files in which people say whom they trust: read strictly, for a slip must not pass."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from sealyard.client.errors import TrustFileError
from sealyard.client.trust.private_files import read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

T = TypeVar("T")

MAX_BYTES: Final = 1024 * 1024


def read_toml(path: Path, kind: type[T]) -> T:
    """Read ``path`` as a ``kind``; raise ``TrustFileError``, also if it is not there."""
    try:
        raw = read_bounded(path, MAX_BYTES)
        if len(raw) > MAX_BYTES:
            raise TrustFileError(path, f"it is longer than {MAX_BYTES} bytes")
        return msgspec.convert(tomllib.loads(raw.decode("utf-8")), kind)
    except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
        raise TrustFileError(path, str(error)) from error


def text(value: str) -> str:
    """Write ``value`` as a TOML string; JSON's form is one (TOML 1.0, "String")."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def texts(values: Iterable[str]) -> str:
    """Write ``values`` as a TOML array, one to a line."""
    return "[\n" + "".join(f"    {text(value)},\n" for value in values) + "]"
