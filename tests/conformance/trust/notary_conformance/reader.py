"""A client without a cache: root, timestamp, then everything by hash, checked at each step.

    root.json -> timestamp.json -> snapshot.<sha256>.json -> targets.<sha256>.json
                                                           -> each declared delegation

What comes out is one consistent set, or a ``DisagreementError`` naming the first fault.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from notary_conformance.answer import disagree
from notary_conformance.canonical import Object, sent
from notary_conformance.signatures import keys_named, require_threshold

if TYPE_CHECKING:
    from notary_conformance.session import Collection

OK = 200
_NANOSECONDS = re.compile(r"(\.\d{1,6})\d*")


@dataclass(frozen=True, slots=True)
class View:
    """The files one walk saw, by role, as bytes."""

    files: dict[str, bytes]

    def signed(self, role: str) -> Any:  # noqa: ANN401 - the cases look into whatever came
        """Return the ``signed`` object of a role."""
        return json.loads(self.files[role])["signed"]

    def version(self, role: str) -> int:
        """Return the version of a role's file."""
        return int(self.signed(role)["version"])


def walk(collection: Collection) -> View:
    """Read a repository as a client does that has never seen it."""
    files = {
        "root": _fetch(collection, "root.json"),
        "timestamp": _fetch(collection, "timestamp.json"),
    }
    root = _opened(files["root"], "Root")
    _require_role(root, root, "root")
    timestamp = _opened(files["timestamp"], "Timestamp")
    _require_role(timestamp, root, "timestamp")
    files["snapshot"] = _by_hash(collection, "snapshot", timestamp["signed"]["meta"])
    snapshot = _opened(files["snapshot"], "Snapshot")
    _require_role(snapshot, root, "snapshot")
    meta = snapshot["signed"]["meta"]
    _require_described(files["root"], meta, "root")
    files["targets"] = _by_hash(collection, "targets", meta)
    targets = _opened(files["targets"], "Targets")
    _require_role(targets, root, "targets")
    _walk_delegations(collection, targets, meta, files)
    return View(files)


def expires(signed: Object) -> datetime:
    """Return when a file ends; nanoseconds are cut to microseconds."""
    return datetime.fromisoformat(_NANOSECONDS.sub(r"\1", str(signed["expires"])))


def _walk_delegations(
    collection: Collection, parent: Object, meta: Object, files: dict[str, bytes]
) -> None:
    delegations = parent["signed"].get("delegations", {})
    for role in delegations.get("roles") or ():  # Go writes null for an emptied list
        name = role["name"]
        if name not in meta:
            continue
        files[name] = _by_hash(collection, name, meta)
        opened = _opened(files[name], "Targets")
        keys = keys_named(role["keyids"], delegations["keys"])
        require_threshold(opened, keys, role["threshold"], name)
        _walk_delegations(collection, opened, meta, files)


def _fetch(collection: Collection, name: str) -> bytes:
    answer = collection.get(name)
    if answer.status != OK:
        disagree(f"reading {name}: {answer.in_brief()}")
    return answer.body


def _by_hash(collection: Collection, role: str, meta: Object) -> bytes:
    if role not in meta:
        disagree(f"no entry for {role}")
    wanted = base64.b64decode(meta[role]["hashes"]["sha256"]).hex()
    content = _fetch(collection, f"{role}.{wanted}.json")
    _require_described(content, meta, role)
    return content


def _require_described(content: bytes, meta: Object, role: str) -> None:
    if role not in meta:
        disagree(f"no entry for {role}")
    for algorithm, value in meta[role]["hashes"].items():
        if hashlib.new(algorithm, content).digest() != base64.b64decode(value):
            disagree(f"{role}: {algorithm} is not the one its parent recorded")
    # A recorded length larger than the file is harmless; clients only cut off behind it.
    if len(content) > meta[role]["length"]:
        disagree(f"{role}: longer than its parent recorded")


def _opened(content: bytes, kind: str) -> Object:
    file: Object = json.loads(content)
    if file["signed"]["_type"] != kind:
        disagree(f"expected {kind}, got {file['signed']['_type']}")
    if expires(file["signed"]) <= datetime.now(UTC):
        disagree(f"{kind} has expired")
    return file


def _require_role(file: Object, root: Object, role: str) -> None:
    named = root["signed"]["roles"][role]
    keys = keys_named(named["keyids"], root["signed"]["keys"])
    require_threshold(file, keys, named["threshold"], role)


def require_go_form(content: bytes) -> None:
    """Raise unless ``content`` is byte for byte what Go's encoder would write."""
    file = json.loads(content)
    if (
        content
        != b'{"signed":'
        + sent(file["signed"])
        + b',"signatures":'
        + sent(file["signatures"])
        + b"}"
    ):
        disagree("a file of the server is not in the clients' exact form")
