"""What a person and a browser do with the pages on which people sign in.

As a program it is the browser that az starts: ``python -m real.sign_in_page NAME URL``, with the
password in ``SIGN_IN_PASSWORD`` and the registry's authority in ``SIGN_IN_CA``.
"""

from __future__ import annotations

import html
import os
import re
import ssl
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import httpx

_FORM: Final = re.compile(r'<form method="post" action="([^"]+)">')
_FIELD: Final = re.compile(r'<input [^>]*?name="([^"]+)"(?:[^>]*? value="([^"]*)")?')


def fill(url: str, ca: Path, name: str, password: str) -> str:
    """Open the page at ``url``, sign in there, and go on where that leads; return what it says."""
    trusted = ssl.create_default_context(cafile=str(ca))
    with httpx.Client(verify=trusted, timeout=30) as client:
        answer = client.get(url)
        answer.raise_for_status()
        typed = {"username": name, "password": password, "decision": "allow"}
        while (form := _FORM.search(answer.text)) is not None:
            fields = {key: html.unescape(value) for key, value in _FIELD.findall(answer.text)}
            where = urljoin(str(answer.url), html.unescape(form[1]))
            kept = {
                key: value for key, value in typed.items() if key in fields or key == "decision"
            }
            answer = client.post(where, data=fields | kept)
            answer.raise_for_status()
        return answer.text


if __name__ == "__main__":
    fill(sys.argv[2], Path(os.environ["SIGN_IN_CA"]), sys.argv[1], os.environ["SIGN_IN_PASSWORD"])
