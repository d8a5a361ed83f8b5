"""The verdicts of a run, as lines for people and as JSON or JUnit XML for machines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path

    from notary_conformance.case import Case


class Verdict(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Result:
    """One case's end; ``reason`` says why it failed or was left out."""

    case: Case
    verdict: Verdict
    seconds: float
    reason: str = ""

    def line(self) -> str:
        """Return the line for people."""
        head = f"{self.verdict:8}  {self.case.level:7}  {self.case.name}"
        return f"{head}\n          {self.case.clause}: {self.reason}" if self.reason else head


def summary(results: list[Result]) -> str:
    """Return the last line: ``N passed, N failed``, and what was left out if anything was."""
    counts = dict.fromkeys(Verdict, 0)
    for result in results:
        counts[result.verdict] += 1
    text = f"{counts[Verdict.PASSED]} passed, {counts[Verdict.FAILED]} failed"
    left_out = counts[Verdict.LEFT_OUT]
    return f"{text}, {left_out} left out" if left_out else text


def write_json(results: list[Result], to: Path) -> None:
    """Write one object for each case."""
    rows = [
        {
            "name": result.case.name,
            "clause": result.case.clause,
            "level": result.case.level,
            "differs": result.case.expects.differs,
            "sends": result.case.sends,
            "verdict": str(result.verdict),
            "reason": result.reason,
            "seconds": round(result.seconds, 3),
        }
        for result in results
    ]
    to.write_text(json.dumps({"summary": summary(results), "cases": rows}, indent=1) + "\n")


def write_junit(results: list[Result], to: Path) -> None:
    """Write the form that build servers read."""
    suite = ET.Element("testsuite", name="trust-conformance", tests=str(len(results)))
    suite.set("failures", str(sum(result.verdict is Verdict.FAILED for result in results)))
    suite.set("skipped", str(sum(result.verdict is Verdict.LEFT_OUT for result in results)))
    for result in results:
        group, _, name = result.case.name.partition("/")
        case = ET.SubElement(suite, "testcase", classname=group, name=name)
        case.set("time", f"{result.seconds:.3f}")
        if result.verdict is Verdict.FAILED:
            ET.SubElement(case, "failure", message=result.reason)
        elif result.verdict is Verdict.LEFT_OUT:
            ET.SubElement(case, "skipped", message=result.reason)
    ET.ElementTree(suite).write(to, encoding="unicode", xml_declaration=True)
