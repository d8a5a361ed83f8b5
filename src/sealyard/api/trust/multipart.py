"""Reading an upload: a multipart form, one part for each role.

The role is the part's file name with one ``.json`` taken off, slashes kept; the field's name means
nothing. A form without parts is in order: docker sends it when a tag is pushed again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sealyard.errors import LimitExceededError, UseCaseError
from sealyard.trust.roles import RoleName
from sealyard.trust.update import UploadedFile

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FORM = b"multipart/form-data"
_NAME_HEADER = b"content-disposition"
_MAX_BOUNDARY = 256


class MalformedUploadError(UseCaseError):
    """The body is not a whole multipart form."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the body is not a multipart form: {reason}")
        self.reason = reason


class FileNameMissingError(UseCaseError):
    """A part does not say which role it is for."""

    def __init__(self) -> None:
        super().__init__("a part has no file name; it has to be the name of a role")


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: list[bytes] = field(default_factory=list)

    @property
    def filename(self) -> str:
        _, options = parse_options_header(self.headers.get(_NAME_HEADER, b""))
        return options.get(b"filename", b"").decode("utf-8", "replace")


class _Reader:
    """Collects what the parser finds."""

    def __init__(self, max_parts: int) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._max_parts = max_parts
        self._field = b""
        self._value = b""

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= self._max_parts:
            what = "the number of files in one upload"
            raise LimitExceededError(what, self._max_parts)
        self.parts.append(_Part())

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content.append(data[start:end])

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self.parts[-1].headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _end(self) -> None:
        self.ended = True


def uploaded_files(content_type: bytes | None, body: bytes, max_files: int) -> list[UploadedFile]:
    """Read the files of an upload, in their order.

    Raise ``MalformedUploadError``, ``FileNameMissingError``, ``LimitExceededError`` for more than
    ``max_files`` parts, or ``InvalidRoleNameError``.
    """
    reader = _Reader(max_files)
    parser = MultipartParser(_boundary(content_type), reader.callbacks())
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise MalformedUploadError(str(error)) from error
    if not reader.ended:
        reason = "its end is missing"
        raise MalformedUploadError(reason)
    return [_file(part) for part in reader.parts]


def _boundary(content_type: bytes | None) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != _FORM or not 0 < len(boundary) <= _MAX_BOUNDARY:
        reason = "the content type is not multipart/form-data with a boundary"
        raise MalformedUploadError(reason)
    return boundary


def _file(part: _Part) -> UploadedFile:
    role = part.filename.removesuffix(".json")
    if not role:
        raise FileNameMissingError
    return UploadedFile(RoleName.parse(role), b"".join(part.content))
