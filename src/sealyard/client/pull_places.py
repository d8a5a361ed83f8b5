"""Where a pulled image goes: into the Docker Engine, or to a folder or file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from sealyard.client.images.location import Location, engine_of, open_target
from sealyard.client.images.registry_auth import RegistryAuth
from sealyard.client.pulling import pull_to_engine, pull_to_target
from sealyard.client.transfer.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.client.client import Client
    from sealyard.client.images.base import ImageTarget
    from sealyard.client.images.engine_messages import EngineStep
    from sealyard.client.pulling import Wanted
    from sealyard.client.transfer.progress import Progress
    from sealyard.oci.descriptor import Descriptor


def _unheard(_step: EngineStep) -> None:
    """Tell nobody."""


class PullPlace:
    """The place ``text``, or without one the Engine that docker would use. A context manager.

    All images that are pulled to a file within one block are in it at the end.
    """

    def __init__(self, client: Client, text: str | None, platform: str | None) -> None:
        self._client = client
        self._location = None if text is None else Location.parse(text)
        self._platform = None if platform is None else Platform.parse(platform)
        self._open = ExitStack()
        self._target: ImageTarget | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._target = None
        self._open.close()

    @property
    def is_engine(self) -> bool:
        """Whether it is the Engine."""
        return self._location is None

    def pull(
        self,
        wanted: Wanted,
        progress: Progress,
        engine_progress: Callable[[EngineStep], None] = _unheard,
    ) -> Descriptor | None:
        """Pull an image; return what a folder or file now holds, ``None`` for the Engine.

        Raise what ``pull_to_target`` and ``pull_to_engine`` raise.
        """
        if self._location is None:
            self._into_engine(wanted, engine_progress)
            return None
        if self._target is None:
            target = open_target(self._location, self._client.surroundings)
            self._target = self._open.enter_context(target)
        repository = self._client.repository(wanted.reference)
        return pull_to_target(
            wanted, repository, self._target, platform=self._platform, progress=progress
        )

    def _into_engine(self, wanted: Wanted, engine_progress: Callable[[EngineStep], None]) -> None:
        host = wanted.reference.host
        credential = self._client.credential(host)
        auth = None if credential is None else RegistryAuth(host, credential)
        with engine_of(self._client.surroundings) as engine:
            pull_to_engine(wanted, engine, auth, platform=self._platform, progress=engine_progress)
