"""Pulling, one image after the other, and the lines that docker prints while it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Self

from sealyard.cli.progress import shown_progress
from sealyard.client.printable import printable_lines
from sealyard.client.pull_places import PullPlace

if TYPE_CHECKING:
    from sealyard.client.client import Client
    from sealyard.client.images.engine_messages import EngineStep
    from sealyard.client.pulling import Wanted

# What the Engine says again and again of a layer while it works on it.
_PASSING: Final = frozenset({"Downloading", "Extracting", "Waiting", "Verifying Checksum"})


class Pulls:
    """The pulls of one command, to ``place`` or into the Engine. A context manager."""

    def __init__(
        self, client: Client, place: str | None, platform: str | None, *, quiet: bool
    ) -> None:
        self._place = PullPlace(client, place, platform)
        self._quiet = quiet

    def __enter__(self) -> Self:
        self._place.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._place.__exit__(*details)

    def announce(self, number: int, count: int, wanted: Wanted) -> None:
        """Print which digest the signatures vouch for."""
        if not self._quiet:
            named = f"{wanted.reference}@{wanted.digest}"
            print(f"Pull ({number} of {count}): {named}", flush=True)

    def pull(self, wanted: Wanted) -> None:
        """Pull one image, and print its name when it is there."""
        with shown_progress(quiet=self._quiet or self._place.is_engine) as progress:
            top = self._place.pull(wanted, progress, _Steps(quiet=self._quiet))
        if not self._quiet:
            if top is not None:
                print(f"Digest: {top.digest}", flush=True)
            elif wanted.reference.tag is not None:
                # docker's line, on standard error as docker has it
                print(f"Tagging {wanted.pinned} as {wanted.reference}", file=sys.stderr, flush=True)
        print(wanted.reference, flush=True)


class _Steps:
    """Prints what the Engine says, each thing once."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._said: set[tuple[str, str]] = set()

    def __call__(self, step: EngineStep) -> None:
        """Print one line, unless it is there already."""
        said = (step.layer, step.status)
        if self._quiet or step.status in _PASSING or said in self._said:
            return
        self._said.add(said)
        line = f"{step.layer}: {step.status}" if step.layer else step.status
        print(printable_lines(line), flush=True)
