"""The supervisor's process; ``sealyard serve`` becomes this."""

from __future__ import annotations

import sys

from sealyard.serving.launch import received
from sealyard.serving.supervisor import Supervisor
from sealyard.settings import settle

if __name__ == "__main__":
    # The logger's library takes rich with it where it is installed, for tracebacks in colours that
    # we do not print: 3 MB in each worker.
    sys.modules["rich"] = None  # type: ignore[assignment] # what import takes for "not installed"
    sys.exit(Supervisor(settle(received(int(sys.argv[1])))).run())
