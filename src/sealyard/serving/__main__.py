"""The supervisor's process; ``sealyard serve`` becomes this."""

from __future__ import annotations

import sys

from sealyard.serving.launch import received
from sealyard.serving.supervisor import Supervisor
from sealyard.settings import settle

if __name__ == "__main__":
    sys.exit(Supervisor(settle(received(int(sys.argv[1])))).run())
