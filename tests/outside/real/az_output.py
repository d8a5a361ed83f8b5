"""What az prints, compared with what it printed when it was looked at: ``tests/data/az``."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from real.az import Az

_EXPECTED: Final = Path(__file__).parents[2] / "data" / "az"
_MASKS: Final = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"), "<time>"),
    (re.compile(r"\bsha256:[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"\blocalhost:\d+\b"), "<server>"),
    # The sizes of images hang on how the moment of their making is written.
    (re.compile(r'(?<="imageSize": )\d+'), '"<size>"'),
    (re.compile(r"(?<=  )\d{3,}(?=  )"), "<size>"),
)


def check(az: Az, name: str, *command: str) -> None:
    """Fail unless ``command`` prints what is kept as ``name``, as JSON and as a table."""
    _compare(f"{name}.json", _json(az.json(*command)))
    _compare(f"{name}.txt", _table(az(*command, "--output", "table").ok().out))


def _compare(name: str, seen: str) -> None:
    file = _EXPECTED / name
    if "SEALYARD_RECORD_AZ" in os.environ:
        file.write_text(seen, encoding="utf-8")
    assert seen == file.read_text(encoding="utf-8"), name


def _json(found: object) -> str:
    return _masked(json.dumps(_without_nulls(found), indent=2, sort_keys=True)) + "\n"


def _table(text: str) -> str:
    """Return a table with columns of no width: that depends on what is masked."""
    masked = _masked(text)
    return re.sub(r"-{2,}", "--", re.sub(r" {2,}", "  ", masked)).strip() + "\n"


def _masked(text: str) -> str:
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def _without_nulls(found: Any) -> Any:  # noqa: ANN401 (plain JSON)
    if isinstance(found, dict):
        return {key: _without_nulls(one) for key, one in found.items() if one is not None}
    if isinstance(found, list):
        return [_without_nulls(one) for one in found]
    return found
