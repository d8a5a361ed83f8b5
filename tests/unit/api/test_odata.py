from __future__ import annotations

import pytest

from sealyard.api.bodies import InvalidBodyError
from sealyard.api.odata import Comparison, parse_filter, require_known, value_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        (None, ()),
        ("  ", ()),
        ("roleName eq 'AcrPush'", (Comparison("rolename", "eq", "AcrPush"),)),
        ("atScope()", (Comparison("atscope", "call", ""),)),
        ("assignedTo('x')", (Comparison("assignedto", "call", "x"),)),
        (
            "startswith(displayName, 'o''brien')",
            (Comparison("displayname", "startswith", "o'brien"),),
        ),
        (
            "servicePrincipalNames/any(c:c eq 'https://ci')",
            (Comparison("serviceprincipalnames", "any", "https://ci"),),
        ),
        (
            "eventTimestamp ge 2026-01-31T12:00:00Z and caller eq 'a and b'",
            (
                Comparison("eventtimestamp", "ge", "2026-01-31T12:00:00Z"),
                Comparison("caller", "eq", "a and b"),
            ),
        ),
    ],
)
def test_what_azures_clients_send_is_read(text: str | None, terms: tuple[Comparison, ...]) -> None:
    assert parse_filter(text) == terms


@pytest.mark.parametrize(
    "text",
    [
        "roleName",
        "roleName eq",
        "roleName eq 'open",
        "roleName eq 'a'b",
        "a eq 'x' or b eq 'y'",
        "not (a eq 'x')",
        "a eq 'x' and ",
        "names/any(c:d eq 'x')",
        "a eq 'x'" + " and a eq 'x'" * 20,
        "a eq '" + "x" * 5000 + "'",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidBodyError):
        parse_filter(text)


def test_a_term_that_nobody_looks_at_is_refused() -> None:
    terms = parse_filter("a eq 'x' and b eq 'y'")
    with pytest.raises(InvalidBodyError, match="b eq"):
        require_known(terms, ("A", "eq"))
    require_known(terms, ("A", "eq"), ("B", "eq"))
    assert value_of(terms, "B") == "y"
    assert value_of(terms, "B", "startswith") == ""
