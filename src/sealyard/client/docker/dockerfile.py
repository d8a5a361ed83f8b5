"""Which images a Dockerfile uses, and the same file with each of them by its signed digest.

::

    # syntax=IMAGE              the program that reads the file (BuildKit)
    FROM IMAGE AS stage         unless it names an earlier stage, or is `scratch`
    COPY --from=IMAGE           unless it names a stage, or counts one
    RUN --mount=…,from=IMAGE    the same

Everything but those names stays as it is, byte for byte. What cannot be told is an error: an image
that is not found here would be pulled unverified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sealyard.client.docker.dockerfile_lines import Dockerfile, Instruction, Word
from sealyard.client.docker.errors import FileNotResolvedError
from sealyard.client.docker.rewriting import ImageUse, replaced
from sealyard.client.docker.variables import NotExpandedError, expanded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sealyard.client.docker.rewriting import Resolve

_SCRATCH: Final = "scratch"
_ARGUMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?", re.DOTALL)
_FROM_FLAG: Final = "--from="
_MOUNT_FLAG: Final = "--mount="


@dataclass(slots=True)
class _Reading:
    """What is known while the instructions are gone through in order.

    ``given`` are build arguments from outside, ``values`` what names may use, ``stages`` the names
    of stages so far, in lower case as docker compares them.
    """

    file: Dockerfile
    given: Mapping[str, str]
    contexts: Collection[str]
    values: dict[str, str] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)
    begun: bool = False

    def uses(self) -> Iterator[ImageUse]:
        for directive in self.file.directives:
            if directive.name == "syntax":
                yield ImageUse(directive.value, directive.start, directive.end, directive.line)
        for instruction in self.file.instructions():
            yield from self._of(instruction)

    def _of(self, instruction: Instruction) -> Iterator[ImageUse]:
        if instruction.name == "ONBUILD" and instruction.words:
            first, *rest = instruction.words
            yield from self._of(Instruction(first.text.upper(), tuple(rest), instruction.line))
        elif instruction.name == "ARG" and not self.begun:
            self._declare(instruction)
        elif instruction.name == "FROM":
            yield from self._base(instruction)
        elif instruction.name in {"COPY", "ADD"}:
            yield from self._copied(instruction)
        elif instruction.name == "RUN":
            yield from self._mounted(instruction)

    def _declare(self, instruction: Instruction) -> None:
        """Take ``ARG NAME[=default]`` before the first stage: only those count in ``FROM``."""
        for word in instruction.words:
            match = _ARGUMENT.fullmatch(word.text)
            if match is None:
                raise self._error(instruction, f"{word.text[:80]!r} is no argument")
            name, default = match[1], match[2]
            if name in self.given:
                self.values[name] = self.given[name]
            elif default is not None:
                self.values[name] = self._expanded(instruction, _unquoted(default))

    def _base(self, instruction: Instruction) -> Iterator[ImageUse]:
        self.begun = True
        words = list(instruction.words)
        while words and words[0].text.startswith("--"):
            words.pop(0)
        if not words or len(words) not in {1, 3}:
            raise self._error(instruction, "FROM names one image, and perhaps AS one stage")
        image = self._expanded(instruction, _unquoted(words[0].text))
        if not self._is_known(image) and image != _SCRATCH:
            yield ImageUse(image, words[0].start, words[0].end, instruction.line)
        if len(words) == 3:  # noqa: PLR2004 (image AS stage)
            if words[1].text.upper() != "AS":
                raise self._error(instruction, "FROM names one image, and perhaps AS one stage")
            self.stages.append(words[2].text.lower())
        else:
            self.stages.append("")  # counted, not called

    def _copied(self, instruction: Instruction) -> Iterator[ImageUse]:
        for word in instruction.words:
            if not word.text.startswith("--"):
                return
            if word.text.startswith(_FROM_FLAG):
                yield from self._source(instruction, word, len(_FROM_FLAG), len(word.text))

    def _mounted(self, instruction: Instruction) -> Iterator[ImageUse]:
        for word in instruction.words:
            if not word.text.startswith("--"):
                return
            if word.text.startswith(_MOUNT_FLAG):
                start = len(_MOUNT_FLAG)
                for part in word.text[start:].split(","):
                    if part.strip().lower().startswith("from="):
                        yield from self._source(
                            instruction, word, start + part.index("=") + 1, start + len(part)
                        )
                    start += len(part) + 1

    def _source(
        self, instruction: Instruction, word: Word, start: int, end: int
    ) -> Iterator[ImageUse]:
        """Yield the image at ``start`` to ``end`` of a word, unless it is a stage."""
        image = word.text[start:end]
        if "$" in image or "'" in image or '"' in image:
            raise self._error(instruction, f"{image[:80]!r} has to be written out")
        if self._is_known(image) or (image.isdigit() and int(image) < len(self.stages)):
            return
        if word.end - word.start != len(word.text):
            raise self._error(instruction, "the name of an image goes on over two lines")
        yield ImageUse(image, word.start + start, word.start + end, instruction.line)

    def _is_known(self, image: str) -> bool:
        """Tell whether ``image`` is a stage, or what ``--build-context`` put in its place."""
        return bool(image) and (image.lower() in self.stages or image in self.contexts)

    def _expanded(self, instruction: Instruction, text: str) -> str:
        try:
            return expanded(text, self.values)
        except NotExpandedError as error:
            reason = f"{error}; give it with --build-arg, or a default with ARG before FROM"
            raise self._error(instruction, reason) from error

    def _error(self, instruction: Instruction, reason: str) -> FileNotResolvedError:
        return FileNotResolvedError(self.file.name, instruction.line, reason)


def uses(
    name: str,
    text: str,
    build_args: Mapping[str, str] | None = None,
    contexts: Collection[str] = (),
) -> list[ImageUse]:
    """Return the images that the Dockerfile ``text`` uses, in their order.

    ``build_args`` are given from outside, ``contexts`` the names that ``--build-context`` has given
    to something else. Raise ``FileNotResolvedError``.
    """
    return list(_Reading(Dockerfile(name, text), build_args or {}, contexts).uses())


def resolved_dockerfile(
    name: str,
    text: str,
    resolve: Resolve,
    build_args: Mapping[str, str] | None = None,
    contexts: Collection[str] = (),
) -> str:
    """Return ``text`` with every image by its digest; raise what ``uses`` and ``resolve`` do."""
    return replaced(name, text, uses(name, text, build_args, contexts), resolve)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
