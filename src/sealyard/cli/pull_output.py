"""Pulling, one image after the other, and the lines that docker prints while it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from sealyard.cli.progress import shown_progress
from sealyard.client.images.location import Location, engine_of, open_target
from sealyard.client.images.registry_auth import RegistryAuth
from sealyard.client.pulling import pull_to_engine, pull_to_target
from sealyard.client.transfer.platform import Platform

if TYPE_CHECKING:
    from sealyard.client.client import Client
    from sealyard.client.images.engine_messages import EngineStep
    from sealyard.client.pulling import Wanted

# What the Engine says again and again of a layer while it works on it.
_PASSING: Final = frozenset({"Downloading", "Extracting", "Waiting", "Verifying Checksum"})


class Pulls:
    """The pulls of one command, to ``place`` or into the Engine."""

    def __init__(
        self, client: Client, place: str | None, platform: str | None, *, quiet: bool
    ) -> None:
        self._client = client
        self._location = Location.parse(place) if place is not None else None
        self._platform = Platform.parse(platform) if platform is not None else None
        self._quiet = quiet

    def announce(self, number: int, count: int, wanted: Wanted) -> None:
        """Print which digest the signatures vouch for."""
        if not self._quiet:
            reference = wanted.reference
            named = f"{reference.repository}:{reference.tag}@{wanted.digest}"
            print(f"Pull ({number} of {count}): {reference.host}/{named}", flush=True)

    def pull(self, wanted: Wanted) -> None:
        """Pull one image, and print its name when it is there."""
        if self._location is None:
            self._into_engine(wanted)
        else:
            self._to_place(wanted, self._location)
        print(wanted.reference, flush=True)

    def _into_engine(self, wanted: Wanted) -> None:
        credential = self._client.credential(wanted.reference.host)
        auth = RegistryAuth(wanted.reference.host, credential) if credential else None
        with engine_of(self._client.surroundings) as engine:
            pull_to_engine(
                wanted, engine, auth, platform=self._platform, progress=_Steps(quiet=self._quiet)
            )
        if wanted.reference.tag is not None and not self._quiet:
            # docker's line, on standard error as docker has it
            print(f"Tagging {wanted.pinned} as {wanted.reference}", file=sys.stderr, flush=True)

    def _to_place(self, wanted: Wanted, location: Location) -> None:
        repository = self._client.repository(wanted.reference)
        with shown_progress(quiet=self._quiet) as progress:
            top = pull_to_target(
                wanted,
                repository,
                open_target(location, self._client.surroundings),
                platform=self._platform,
                progress=progress,
            )
        if not self._quiet:
            print(f"Digest: {top.digest}", flush=True)


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
        print(f"{step.layer}: {step.status}" if step.layer else step.status, flush=True)
