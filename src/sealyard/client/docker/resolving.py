"""Images by their signed digests, each asked for once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.client.client import Client
    from sealyard.oci.references import ImageReference
    from sealyard.trust.policy import PullPolicy


class SignedDigests:
    """A ``Resolve`` over what ``client`` verifies, judged by the policy of each image."""

    def __init__(self, client: Client, policy: Callable[[ImageReference], PullPolicy]) -> None:
        self._client = client
        self._policy = policy
        self._known: dict[ImageReference, str] = {}

    def __call__(self, reference: ImageReference) -> str:
        """Return ``host/name@sha256:…``; raise as ``Client.resolve``."""
        if reference.digest is not None:
            return str(reference)
        if reference not in self._known:
            resolved = self._client.resolve(reference, self._policy(reference))
            self._known[reference] = resolved.pinned
        return self._known[reference]
