"""A conformance suite for trust servers (the Notary v1 API), as a command.

Run the folder itself: ``python tests/conformance/trust --server URL --gun-prefix PREFIX``.
It needs httpx and cryptography and nothing of the server it examines.
"""

from __future__ import annotations

import sys

from notary_conformance.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
