"""A Dockerfile as a sequence of instructions, each with where its words stand in the file.

The syntax is that of docker's reference ("Dockerfile reference", version 1): parser directives at
the top, continuation lines, comments between them, here-documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.docker.errors import FileNotResolvedError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES: Final = 4 * 1024 * 1024

_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*([A-Za-z][A-Za-z0-9-]*)[ \t]*=[ \t]*(.*?)[ \t]*\r?\n?")
_HEREDOC = re.compile(r"[0-9]*<<(-?)([^<]+)")
_WITH_HEREDOC: Final = frozenset({"RUN", "COPY", "ADD"})
_INSTRUCTIONS: Final = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK"}
    | {"LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME"}
    | {"WORKDIR"}
)
# BuildKit looks for the program that reads the file behind these too.
_OTHER_BEGINNINGS: Final = ("\ufeff", "#!", "//", "{")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in the file; ``text`` is without continuations, quotes are left in."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name in upper case, its words, and the line on which it begins."""

    name: str
    words: tuple[Word, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Directive:
    """A parser directive, such as ``# syntax=``; ``start`` and ``end`` are those of its value."""

    name: str
    value: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int
    number: int


class Dockerfile:
    """The instructions and directives of ``text``; ``name`` is for messages."""

    def __init__(self, name: str, text: str) -> None:
        if len(text) > MOST_BYTES:
            reason = f"it has more than {MOST_BYTES} characters"
            raise FileNotResolvedError(name, 1, reason)
        if text.lstrip().startswith(_OTHER_BEGINNINGS):
            reason = "it has to begin with a comment, a parser directive or an instruction"
            raise FileNotResolvedError(name, 1, reason)
        self.name = name
        self.has_heredocs = False
        self._lines = list(_lines(text))
        self.directives = self._directives()
        self._escape = self._escape_character()

    def instructions(self) -> Iterator[Instruction]:
        """Yield the instructions in order; raise ``FileNotResolvedError``."""
        position = len(self.directives)
        while position < len(self._lines):
            first = self._lines[position]
            if not first.text.strip() or first.text.lstrip().startswith("#"):
                position += 1
                continue
            parts, position = self._whole(position)
            words = list(self._words(parts))
            if not words:
                continue
            name = words[0].text.upper()
            if name not in _INSTRUCTIONS:
                reason = f"{words[0].text[:40]!r} is no instruction"
                raise FileNotResolvedError(self.name, first.number, reason)
            yield Instruction(name, tuple(words[1:]), first.number)
            if name in _WITH_HEREDOC:
                position = self._after_heredocs(words, first, position)

    def _directives(self) -> list[Directive]:
        found: list[Directive] = []
        for line in self._lines:
            match = _DIRECTIVE.fullmatch(line.text)
            if match is None:
                break  # one that nobody knows does not end them: BuildKit reads on
            start = line.start + match.start(2)
            end = line.start + match.end(2)
            found.append(Directive(match[1].lower(), match[2], start, end, line.number))
        return found

    def _whole(self, position: int) -> tuple[list[_Line], int]:
        """Return the lines of one instruction, without continuations, and where the next begins.

        Comments and empty lines between continued ones are left out, as docker leaves them.
        """
        parts: list[_Line] = []
        while position < len(self._lines):
            line = self._lines[position]
            position += 1
            if parts and (not line.text.strip() or line.text.lstrip().startswith("#")):
                continue
            body = line.text.rstrip(" \t\r\n")
            continued = body.endswith(self._escape)
            parts.append(_Line(body[:-1] if continued else body, line.start, line.number))
            if not continued:
                break
        return parts, position

    def _words(self, parts: list[_Line]) -> Iterator[Word]:
        """Yield words; one that goes on over a continuation is one word, as docker joins it."""
        text, start, end, quote, escaped = "", -1, -1, "", False
        for part in parts:
            for at, character in enumerate(part.text, part.start):
                if character in " \t" and not quote and not escaped:
                    if start >= 0:
                        yield Word(text, start, end)
                    text, start = "", -1
                    continue
                if character in "\"'" and not escaped:
                    quote = "" if quote == character else quote or character
                escaped = character == self._escape and not escaped
                if start < 0:
                    start = at
                text, end = text + character, at + 1
        if start >= 0:
            yield Word(text, start, end)

    def _escape_character(self) -> str:
        for at, directive in enumerate(self.directives):
            if directive.name == "escape":
                # behind another directive builders do not agree on whether it counts
                if directive.value not in {"\\", "`"} or at > 1:
                    reason = "escape is \\ or `, in one of the first two lines"
                    raise FileNotResolvedError(self.name, directive.line, reason)
                return directive.value
        return "\\"

    def _after_heredocs(self, words: list[Word], first: _Line, position: int) -> int:
        for word in words:
            match = _HEREDOC.fullmatch(word.text)
            if match is not None:
                self.has_heredocs = True
                ending = match[2].strip("\"'")
                position = self._after_heredoc(ending, position, first, stripped=bool(match[1]))
        return position

    def _after_heredoc(self, ending: str, position: int, opened: _Line, *, stripped: bool) -> int:
        while position < len(self._lines):
            body = self._lines[position].text.rstrip("\r\n")
            position += 1
            if (body.lstrip("\t") if stripped else body) == ending:
                return position
        reason = f"the here-document that ends with {ending[:40]} does not end"
        raise FileNotResolvedError(self.name, opened.number, reason)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    # Only a line feed ends a line here; Python's own splitting knows ten more.
    for number, line in enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), 1):
        yield _Line(line, start, number)
        start += len(line)
