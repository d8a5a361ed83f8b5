"""The documentation's tables, made from the cases so that they cannot drift."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notary_conformance.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.case import Case


def differences(cases: list[Case]) -> str:
    """Return what the profiles ``strict`` and ``notary`` expect differently, and why."""
    rows = [
        f"| `{case.name}` | {case.sends} | {case.expects.strict or case.expects.must} "
        f"| {case.expects.notary or case.expects.must} | {case.expects.why} |"
        for case in cases
        if case.expects.differs
    ]
    head = "| case | what is sent | Sealyard | notary-server 0.7.0 | why |\n|---|---|---|---|---|"
    return "\n".join([head, *rows]) + "\n"


def all_cases(cases: list[Case]) -> str:
    """Return every case under the rule it tests."""
    lines: list[str] = []
    for clause, rule in CLAUSES.items():
        lines += [f"**{clause}** {rule}", "", "| case | level | what is sent | expected |"]
        lines += ["|---|---|---|---|"]
        lines += [_row(case) for case in cases if case.clause == clause]
        lines.append("")
    return "\n".join(lines)


def _row(case: Case) -> str:
    expects = case.expects
    wanted = expects.must or f"strict: {expects.strict}; notary: {expects.notary}"
    return f"| `{case.name}` | {case.level} | {case.sends} | {wanted} |"


def names(cases: list[Case]) -> str:
    """Return every case's name on a line."""
    return "".join(f"{case.name}\n" for case in cases)


def filled(page: str, cases: list[Case]) -> str:
    """Return ``page`` with each table anew between ``<!-- table: NAME -->`` and its end."""

    def anew(match: re.Match[str]) -> str:
        return f"{match[1]}\n{TABLES[match[2]](cases)}{match[3]}"

    return _PLACE.sub(anew, page)


_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(\n<!-- end -->)", re.DOTALL)
TABLES: dict[str, Callable[[list[Case]], str]] = {
    "cases": all_cases,
    "differences": differences,
    "names": names,
}
