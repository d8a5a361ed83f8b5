"""The table that people read: medians, targets, memory, and what it was measured with."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sealyard.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from run import Result


def markdown(results: Sequence[Result], memory: dict[str, int]) -> str:
    """Return the table and its circumstances."""
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {_machine()}.",
        f"Sealyard {VERSION} (2 workers, authentication on), {_versions()} (without).",
        "",
        "| row | against | wall | CPU | ours each | target | |",
        "|---|---|---:|---:|---:|---:|---|",
        *(_line(result) for result in results),
        "",
        "Most memory of all processes of a server together while the rows ran:",
        "",
        *(f"* {name}: {peak / 2**20:.0f} MiB" for name, peak in memory.items()),
    ]
    return "\n".join(lines) + "\n"


def _line(result: Result) -> str:
    row = result.row
    met = "met" if result.ratio(row.judged) >= row.target else "**missed**"
    cells = [
        row.name,
        row.against,
        _ratio(result.ratios("wall")),
        _ratio(result.ratios("cpu")),
        f"{_spell(result.ours('wall'))}, {_spell(result.ours('cpu'))} CPU",
        f"{row.target:g}× {row.judged}",
        met,
    ]
    return f"| {' | '.join(cells)} |"


def _ratio(found: Sequence[float]) -> str:
    spread = f" ({found[0]:.2f} to {found[-1]:.2f})" if len(found) > 1 else ""
    return f"{median(found):.2f}×{spread}"


def write_into(page: Path, text: str, mark: str = "table") -> None:
    """Replace what stands between the marks of ``page``."""
    begin, end = f"<!-- {mark} begins -->", f"<!-- {mark} ends -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{text}{end}{after}", encoding="utf-8")


def _spell(seconds: float) -> str:
    if seconds < 1e-3:  # noqa: PLR2004 (a millisecond)
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _machine() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = Path("/proc/cpuinfo").read_text(encoding="utf-8").count("processor\t")
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}"


def _versions() -> str:
    shown = []
    for package in ("docker-registry", "notary"):
        done = subprocess.run(  # noqa: S603 (Debian's own)
            ["dpkg-query", "--show", "--showformat=${Package} ${Version}", package],  # noqa: S607 (from PATH)
            capture_output=True,
            text=True,
            check=False,
        )
        shown.append(done.stdout or package)
    return " and ".join(shown)
