"""Form bodies: read up to a bound, fields by name, never logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from sealyard.api.bodies import MAX_FORM, whole_body
from sealyard.api.tokens.wire import InvalidRequestError

if TYPE_CHECKING:
    from starlette.requests import Request

_MAX_FIELDS: Final = 64


class Form:
    """The fields of one request."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def get(self, name: str) -> str:
        """Return the first value of ``name``, empty if it was not sent."""
        return next((value for field, value in self._pairs if field == name), "")

    def all(self, name: str) -> list[str]:
        """Return all values of ``name``."""
        return [value for field, value in self._pairs if field == name]

    def need(self, name: str) -> str:
        """Return the value of ``name``; raise ``InvalidRequestError`` if it was not sent."""
        value = self.get(name)
        if not value:
            reason = f"the field {name} is missing"
            raise InvalidRequestError(reason)
        return value


async def read_form(request: Request) -> Form:
    """Read a form; raise ``LimitExceededError`` or ``InvalidRequestError``."""
    return Form(_pairs((await whole_body(request, MAX_FORM)).decode("latin-1")))


def read_query(request: Request) -> Form:
    """Read the query of the URL as a form; raise ``InvalidRequestError``."""
    return Form(_pairs(request.scope["query_string"].decode("latin-1")))


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        reason = f"it has more than {_MAX_FIELDS} fields"
        raise InvalidRequestError(reason) from error
