"""The part of OData's ``$filter`` that Azure's clients send: comparisons, joined by ``and``.

::

    roleName eq 'AcrPush'                      Comparison("rolename", "eq", "AcrPush")
    startswith(displayName,'ci')               Comparison("displayname", "startswith", "ci")
    servicePrincipalNames/any(c:c eq 'ci')     Comparison("serviceprincipalnames", "any", "ci")
    atScope()                                  Comparison("atscope", "call", "")
    assignedTo('8e3a…')                        Comparison("assignedto", "call", "8e3a…")

Anything else is refused rather than passed over: a filter that is not understood must not turn
into "everything".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sealyard.api.bodies import InvalidBodyError

_MAX_CHARACTERS: Final = 4096
_MAX_TERMS: Final = 16
_FIELD = r"[A-Za-z][A-Za-z0-9_./]*"
_TEXT = r"'(?:[^']|'')*'"
_LITERAL = rf"(?:{_TEXT}|[A-Za-z0-9][A-Za-z0-9:.+-]*)"
_FORMS: Final = (
    re.compile(rf"(?P<field>{_FIELD})\s+(?P<operator>eq|ge|gt|le|lt)\s+(?P<value>{_LITERAL})"),
    re.compile(rf"(?P<operator>startswith)\(\s*(?P<field>{_FIELD})\s*,\s*(?P<value>{_TEXT})\s*\)"),
    re.compile(
        rf"(?P<field>{_FIELD})/(?P<operator>any)\(\s*(?P<name>\w+)\s*:\s*(?P=name)\s+eq\s+"
        rf"(?P<value>{_TEXT})\s*\)"
    ),
    re.compile(rf"(?P<field>{_FIELD})\(\s*(?P<value>{_TEXT})?\s*\)"),
)
_AND = re.compile(r"\s+and\s+")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One term: ``field`` in lower case, how it is compared, and with what."""

    field: str
    operator: str
    value: str


def parse_filter(text: str | None) -> tuple[Comparison, ...]:
    """Read a ``$filter``; none and an empty one have no terms. Raise ``InvalidBodyError``."""
    rest = (text or "").strip()
    if len(rest) > _MAX_CHARACTERS:
        raise _not_understood(rest)
    terms: list[Comparison] = []
    while rest:
        term, rest = _term(rest)
        terms.append(term)
        if not rest:
            break
        separator = _AND.match(rest)
        if separator is None or len(terms) >= _MAX_TERMS:
            raise _not_understood(rest)
        rest = rest[separator.end() :]
    return tuple(terms)


def value_of(terms: tuple[Comparison, ...], field: str, operator: str = "eq") -> str:
    """Return what ``field`` is compared with by ``operator``, the empty text if it is not."""
    wanted = (field.lower(), operator)
    return next((term.value for term in terms if (term.field, term.operator) == wanted), "")


def require_known(terms: tuple[Comparison, ...], *known: tuple[str, str]) -> None:
    """Raise ``InvalidBodyError`` for a term that is none of ``known`` (field, operator)."""
    allowed = {(field.lower(), operator) for field, operator in known}
    for term in terms:
        if (term.field, term.operator) not in allowed:
            comparison = f"{term.field} {term.operator}"
            raise _not_understood(comparison)


def _term(text: str) -> tuple[Comparison, str]:
    for form in _FORMS:
        match = form.match(text)
        if match is not None:
            found = match.groupdict()
            operator = found.get("operator") or "call"
            term = Comparison(match["field"].lower(), operator, _unquoted(match["value"] or ""))
            return term, text[match.end() :].rstrip()
    raise _not_understood(text)


def _unquoted(literal: str) -> str:
    return literal[1:-1].replace("''", "'") if literal.startswith("'") else literal


def _not_understood(text: str) -> InvalidBodyError:
    return InvalidBodyError(f"$filter is not understood at {text[:64]!r}")
