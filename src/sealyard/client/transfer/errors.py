"""What can be wrong with an image that is to be copied.

::

    ClientError
    ├── InvalidPlatformError    not os/architecture[/variant]
    ├── PlatformMissingError    the image is not there for that platform
    └── UnmanageableImageError  an index too deep or too wide to be an image's
"""

from __future__ import annotations

from sealyard.client.errors import ClientError


class InvalidPlatformError(ClientError):
    """Not ``os/architecture[/variant]``."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:80]!r} is not a platform: it looks like linux/arm64 or linux/arm/v7"
        )
        self.text = text


class PlatformMissingError(ClientError):
    """The image is not there for the platform; ``available`` are those it is there for."""

    def __init__(self, platform: str, available: tuple[str, ...]) -> None:
        known = ", ".join(available) or "none that it names"
        super().__init__(f"the image is not there for {platform}; it is for: {known}")
        self.platform = platform
        self.available = available


class UnmanageableImageError(ClientError):
    """An index that is too deep, or names too much; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the image cannot be copied: {reason}")
        self.reason = reason
