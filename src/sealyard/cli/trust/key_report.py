"""How keys and what is known of them are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sealyard.client.trust.key_check import RepositoryCheck, RoleCheck
    from sealyard.client.trust.key_store import KeyEntry

_SHORT_ID = 12


def listed(entries: Iterable[KeyEntry]) -> str:
    """Return the keys as a table with notary's columns."""
    rows = [(one.role or "(none)", one.gun or "", one.id, str(one.path)) for one in entries]
    return _table([("ROLE", "GUN", "KEY ID", "LOCATION"), *rows])


def reported(checks: Sequence[RepositoryCheck], keys: int) -> str:
    """Return what was found out about each repository, where there are so many ``keys``."""
    if not checks and not keys:
        return "missing: no keys and no trust data of any repository are here"
    if not checks:
        return (
            f"missing: the trust data of any repository, which says what the {keys} keys that are "
            "here are for: sealyard trust inspect HOST[:PORT]/NAME"
        )
    return "\n\n".join(_repository(one) for one in checks)


def _repository(check: RepositoryCheck) -> str:
    rows = [row for role in check.roles for row in _role(role)]
    lines = [check.gun]
    if rows:
        table = _table([("ROLE", "KEY", "HERE", "EXPIRES"), *rows])
        lines += [f"  {line}" for line in table.splitlines()]
    lines += [
        f"  {'missing' if finding.needed else 'note'}: {finding.text}" for finding in check.findings
    ]
    if check.holds_keys and not check.findings:
        lines.append("  everything that is needed is here")
    return "\n".join(lines)


def _role(role: RoleCheck) -> list[tuple[str, str, str, str]]:
    expires = _day(role.expires)
    if role.certificate_expires is not None:
        expires += f", certificate {_day(role.certificate_expires)}"
    held = [(role.role, keyid[:_SHORT_ID], "yes", expires) for keyid in role.held]
    return [*held, *((role.role, keyid[:_SHORT_ID], "no", expires) for keyid in role.absent)]


def _day(moment: datetime | None) -> str:
    return "unknown" if moment is None else f"{moment:%Y-%m-%d}"


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
