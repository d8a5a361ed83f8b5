"""The cases, one module per part of the API; ``catalogue`` lists the modules."""

from __future__ import annotations
