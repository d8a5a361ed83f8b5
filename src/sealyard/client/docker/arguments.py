"""Reading docker's arguments as docker does (pflag's rules), to find what a command is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.docker.errors import ArgumentsNotReadError
from sealyard.client.docker.flags import GLOBAL, GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sealyard.client.docker.flags import Flags

TRUST_FLAG: Final = "disable-content-trust"

# What Go's strconv.ParseBool takes.
_TRUE: Final = frozenset({"", "1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


@dataclass(frozen=True, slots=True)
class Option:
    """A flag that was given: its name without dashes, its value (empty for a bare switch).

    The words ``start`` to ``stop`` say so; ``alone`` if they say nothing else.
    """

    name: str
    value: str
    start: int
    stop: int
    alone: bool = True

    def is_on(self, command: str) -> bool:
        """Tell whether a switch of ``command`` is on; raise ``ArgumentsNotReadError``."""
        if self.value not in _TRUE | _FALSE:
            reason = f"--{self.name} is true or false, not {self.value[:80]!r}"
            raise ArgumentsNotReadError(command, reason)
        return self.value in _TRUE


@dataclass(frozen=True, slots=True)
class Arguments:
    """The words behind a command: its options, and the positions of the words that are none."""

    command: str
    words: tuple[str, ...]
    options: tuple[Option, ...]
    positions: tuple[int, ...]

    def values(self, *names: str) -> list[str]:
        """Return what the flags ``names`` were given, in order."""
        return [option.value for option in self.options if option.name in names]

    def is_on(self, *names: str) -> bool:
        """Tell whether a switch is on: the last one counts."""
        found = [option for option in self.options if option.name in names]
        return bool(found) and found[-1].is_on(self.command)

    def without(self, *names: str) -> list[str]:
        """Return the words without the flags ``names``."""
        dropped = {
            position
            for option in self.options
            if option.name in names
            for position in range(option.start, option.stop)
        }
        return [word for position, word in enumerate(self.words) if position not in dropped]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of docker: what is ``before`` its ``path`` (as ``image/pull``), and the rest."""

    before: Arguments
    path: str
    rest: tuple[str, ...]

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command."""
        return tuple(self.path.split("/")) if self.path else ()


def invocation(words: Sequence[str]) -> Invocation:
    """Divide the words of a call; raise ``ArgumentsNotReadError``."""
    before = read("", words, GLOBAL)
    if not before.positions:
        return Invocation(before, "", ())
    at = before.positions[0]
    path, at = words[at], at + 1
    if path in GROUPS and at < len(words) and not words[at].startswith("-"):
        path, at = f"{path}/{words[at]}", at + 1
    return Invocation(read("", words[: before.positions[0]], GLOBAL), path, tuple(words[at:]))


def read(command: str, words: Iterable[str], flags: Flags) -> Arguments:
    """Read the words behind ``command``; raise ``ArgumentsNotReadError`` for an unknown flag."""
    return _Reader(command, tuple(words), flags).read()


class _Reader:
    """One pass over the words."""

    def __init__(self, command: str, words: tuple[str, ...], flags: Flags) -> None:
        self._command = command
        self._words = words
        self._flags = flags
        self._options: list[Option] = []
        self._positions: list[int] = []
        self._at = 0

    def read(self) -> Arguments:
        while self._at < len(self._words):
            word = self._words[self._at]
            if word == "--":
                self._positions.extend(range(self._at + 1, len(self._words)))
                break
            if word.startswith("--"):
                self._long(word[2:])
            elif word.startswith("-") and len(word) > 1:
                self._short(word[1:])
            elif self._flags.anywhere:
                self._positions.append(self._at)
                self._at += 1
            else:
                self._positions.extend(range(self._at, len(self._words)))
                break
        return Arguments(self._command, self._words, tuple(self._options), tuple(self._positions))

    def _long(self, text: str) -> None:
        name, equals, value = text.partition("=")
        start, self._at = self._at, self._at + 1
        if name in self._flags.valued and len(name) > 1:
            if not equals:
                value = self._next(name)
        elif name not in self._flags.switches or len(name) == 1:
            raise self._unknown("--" + name)
        self._options.append(Option(name, value, start, self._at))

    def _short(self, letters: str) -> None:
        """Read ``-it``, ``-eNAME``, ``-e=NAME`` or ``-e NAME``."""
        start, self._at = self._at, self._at + 1
        alone = len(letters) == 1
        for position, letter in enumerate(letters):
            rest = letters[position + 1 :]
            if letter in self._flags.valued:
                value = rest.removeprefix("=") if rest else self._next(letter)
                self._options.append(Option(letter, value, start, self._at, alone))
                return
            if letter not in self._flags.switches:
                raise self._unknown("-" + letter)
            if rest.startswith("="):
                self._options.append(Option(letter, rest[1:], start, self._at, alone))
                return
            self._options.append(Option(letter, "", start, self._at, alone))

    def _next(self, name: str) -> str:
        if self._at >= len(self._words):
            reason = f"the flag {name} needs a value"
            raise ArgumentsNotReadError(self._command, reason)
        self._at += 1
        return self._words[self._at - 1]

    def _unknown(self, flag: str) -> ArgumentsNotReadError:
        reason = (
            f"the flag {flag[:80]} is not known here, so it is not clear which word is the image"
        )
        return ArgumentsNotReadError(self._command, reason)
