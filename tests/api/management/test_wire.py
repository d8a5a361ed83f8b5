"""Every error that services and doors raise has a line in each table."""

from __future__ import annotations

import pytest

from sealyard.access.errors import AccessError
from sealyard.api.attributes import wire as attributes_wire
from sealyard.api.bodies import InvalidBodyError
from sealyard.api.directory import wire as directory_wire
from sealyard.api.error_lines import Line, line_for
from sealyard.api.management import wire as management_wire
from sealyard.api.tokens import wire as tokens_wire
from sealyard.errors import SealyardError, UnavailableError, UseCaseError


def leaves(kind: type[SealyardError]) -> list[type[SealyardError]]:
    children = kind.__subclasses__()
    return [leaf for child in children for leaf in leaves(child)] if children else [kind]


FOUND = [
    *leaves(AccessError),
    *leaves(UseCaseError),
    *leaves(UnavailableError),
    InvalidBodyError,
]


@pytest.mark.parametrize("kind", FOUND, ids=lambda kind: kind.__name__)
def test_no_error_that_we_foresee_is_an_internal_one(kind: type[SealyardError]) -> None:
    error = kind.__new__(kind)
    tables = (
        management_wire.TABLE,
        directory_wire.GRAPH,
        directory_wire.OAUTH,
        attributes_wire.TABLE,
    )
    for table in tables:
        assert line_for(table, error) != Line(500, table[SealyardError].code)


@pytest.mark.parametrize(
    "kind", [kind for kind in FOUND if kind is not InvalidBodyError], ids=lambda kind: kind.__name__
)
def test_the_token_endpoint_foresees_them_too(kind: type[SealyardError]) -> None:
    assert line_for(tokens_wire.TABLE, kind.__new__(kind)).status < 500 or issubclass(
        kind, UnavailableError
    )
