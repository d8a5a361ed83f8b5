"""The operator's settings: one frozen value out of a file, the environment and flags.

A flag wins over a variable, a variable over the file, the file over the default.
"""

from __future__ import annotations

from sealyard.settings.load import Settings, SettingsError, Sources, collect, load, settle
from sealyard.settings.table import SETTINGS, Setting, reference
from sealyard.settings.values import Address

__all__ = [
    "SETTINGS",
    "Address",
    "Setting",
    "Settings",
    "SettingsError",
    "Sources",
    "collect",
    "load",
    "reference",
    "settle",
]
