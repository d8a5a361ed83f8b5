"""The command line: which server, as whom, which cases, and where the report goes.

Exit codes: 0 every case passed, 1 some failed, 2 wrong usage or no server.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import uuid
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from notary_conformance import catalogue, report, tables
from notary_conformance.answer import DisagreementError
from notary_conformance.case import Trial
from notary_conformance.outcome import Profile
from notary_conformance.report import Result, Verdict
from notary_conformance.session import Credentials, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notary_conformance.case import Case

NOTARY_SERVER = "notary-server"
_DESCRIPTION = "Ask a trust server (Notary v1 API) everything its clients rely on."


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.print:
        sys.stdout.write(tables.TABLES[options.print](catalogue.cases()))
        return 0
    if options.update:
        page = options.update.read_text(encoding="utf-8")
        options.update.write_text(tables.filled(page, catalogue.cases()), encoding="utf-8")
        return 0
    fault = _wrong_usage(options)
    if fault:
        parser.error(fault)
    return _examine(options)


def _wrong_usage(options: argparse.Namespace) -> str | None:
    if not options.server or not options.gun_prefix:
        return "--server and --gun-prefix are needed"
    if options.username and not (options.password_stdin or options.password_file):
        return "--username goes with --password-stdin or --password-file"
    return None if _chosen(options.only) else "no case has such a name"


def _examine(options: argparse.Namespace) -> int:
    try:
        session = Session.open(options.server, options.ca_file, _credentials(options))
    except (DisagreementError, OSError) as broken:
        sys.stderr.write(f"no server to examine: {broken}\n")
        return 2
    results = [_shown(_run(case, session, options)) for case in _chosen(options.only)]
    session.close()
    sys.stdout.write(f"{report.summary(results)}\n")
    if options.json:
        report.write_json(results, options.json)
    if options.junit:
        report.write_junit(results, options.junit)
    return int(any(result.verdict is Verdict.FAILED for result in results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trust-conformance", description=_DESCRIPTION)
    add = parser.add_argument
    add("--server", metavar="URL", help="origin of the server, https://HOST:PORT")
    add("--gun-prefix", metavar="PREFIX", help="names to work under, HOST:PORT/conformance")
    add("--ca-file", type=Path, metavar="FILE", help="certificates to trust for the connection")
    add("--username", metavar="U", help="who signs in, where the server wants that")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--password-stdin", action="store_true", help="read the password there")
    secret.add_argument("--password-file", type=Path, metavar="FILE", help="or from a file")
    add(
        "--profile",
        type=Profile,
        choices=list(Profile),
        help="must: the protocol alone; strict (usual): and refuse what would break clients; "
        "notary: exactly as notary-server 0.7.0",
    )
    add("--peer", choices=[NOTARY_SERVER], help="examine this one, the same as --profile notary")
    add("--only", action="append", metavar="GLOB", help="run cases with such names; repeatable")
    add("--json", type=Path, metavar="FILE", help="write the results as JSON")
    add("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML")
    add("--print", choices=sorted(tables.TABLES), help="print a table (Markdown) and end")
    add("--update", type=Path, metavar="PAGE", help="write the tables of a Markdown page anew")
    return parser


def _credentials(options: argparse.Namespace) -> Credentials | None:
    if options.username is None:
        return None
    if options.password_file is not None:
        password = options.password_file.read_text()
    else:
        password = sys.stdin.readline()
    return Credentials(options.username, password.rstrip("\r\n"))


def _chosen(globs: list[str] | None) -> list[Case]:
    wanted = globs or ["*"]
    return [
        case
        for case in catalogue.cases()
        if any(fnmatchcase(case.name, pattern) for pattern in wanted)
    ]


def _profile(options: argparse.Namespace) -> Profile:
    if options.profile is not None:
        return Profile(options.profile)
    return Profile.NOTARY if options.peer == NOTARY_SERVER else Profile.STRICT


def _run(case: Case, session: Session, options: argparse.Namespace) -> Result:
    profile = _profile(options)
    reason = _left_out(case, session, profile)
    if reason:
        return Result(case, Verdict.LEFT_OUT, 0.0, reason)
    gun = f"{options.gun_prefix}/{uuid.uuid4().hex[:8]}/{case.name.replace('/', '-')}"
    started = time.monotonic()
    try:
        case.run(Trial(session, profile, gun))
    except DisagreementError as broken:
        return Result(case, Verdict.FAILED, time.monotonic() - started, str(broken))
    except Exception:  # noqa: BLE001 - an answer nobody thought of fails its case, not the run
        last = traceback.format_exc(limit=-2).strip()
        return Result(case, Verdict.FAILED, time.monotonic() - started, last)
    return Result(case, Verdict.PASSED, time.monotonic() - started)


def _left_out(case: Case, session: Session, profile: Profile) -> str:
    if case.signed_in and session.challenge is None:
        return "the server does not ask anybody to sign in"
    if case.signed_in and session.credentials is None:
        return "no credentials were given"
    if case.expects.under(profile) is None:
        return f"the profile {profile} has no opinion"
    return ""


def _shown(result: Result) -> Result:
    sys.stdout.write(f"{result.line()}\n")
    sys.stdout.flush()
    return result
