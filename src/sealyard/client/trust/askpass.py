"""A program that answers for keys (``SEALYARD_ASKPASS``), as ssh and git know it.

It is run with the prompt as its one argument and writes the passphrase on its standard output. An
exit status other than 0 means that it has no answer.
"""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.key_errors import (
    PassphraseMissingError,
    PassphraseRefusedError,
    PassphraseSourceError,
)

if TYPE_CHECKING:
    from sealyard.client.trust.passphrases import KeyLabel

PATIENCE: Final = 300.0  # seconds: somebody may have to find the window, and the password

_MOST_BYTES: Final = 4096
_ATTEMPTS: Final = 3


class Askpass:
    """The program ``program``, run anew for each passphrase."""

    def __init__(self, program: str, patience: float = PATIENCE) -> None:
        self._program = program
        self._patience = patience

    def existing(self, key: KeyLabel, attempt: int) -> str:
        """Ask, three times at most; raise ``PassphraseSourceError`` if that cannot be done."""
        if attempt >= _ATTEMPTS:
            raise PassphraseRefusedError(key, self._program)
        again = "Passphrase incorrect. " if attempt else ""
        return self._asked(key, f"{again}Enter passphrase for {key.shown}: ")

    def new(self, key: KeyLabel) -> str:
        """Ask once: whoever answers may ask for it twice."""
        return self._asked(key, f"Enter passphrase for new {key.shown}: ")

    def _asked(self, key: KeyLabel, prompt: str) -> str:
        try:
            process = subprocess.Popen(  # noqa: S603 (the program that the user named)
                [self._program, prompt], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
            )
        except OSError as error:
            reason = error.strerror or "it cannot be started"
            raise PassphraseSourceError(key, self._program, reason) from error
        answer = self._answer(process, key).decode(errors="replace").rstrip("\r\n")
        if process.returncode != 0 or not answer:
            raise PassphraseMissingError(key)
        return answer

    def _answer(self, process: subprocess.Popen[bytes], key: KeyLabel) -> bytes:
        """Return what the program prints, if it ends in time and is brief."""
        too_late = threading.Event()

        def end() -> None:
            too_late.set()
            process.kill()

        timer = threading.Timer(self._patience, end)
        timer.start()
        with process:
            answer = process.stdout.read(_MOST_BYTES + 1) if process.stdout else b""
            if len(answer) > _MOST_BYTES:
                process.kill()
        timer.cancel()
        if too_late.is_set() or len(answer) > _MOST_BYTES:
            reason = f"no answer of at most {_MOST_BYTES} bytes within {self._patience:.0f} s"
            raise PassphraseSourceError(key, self._program, reason)
        return answer
