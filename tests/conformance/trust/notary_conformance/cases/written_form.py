"""Files that mean the right thing but are written so that they could not be served back.

notary-server writes uploads anew and hashes that, so that what it serves for many of these
does not fit its own hashes: the repository is lost. Both public audits of notary name it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from notary_conformance import metadata
from notary_conformance.canonical import Object, canonical
from notary_conformance.case import Case, Ends, update
from notary_conformance.metadata import signature, with_signatures
from notary_conformance.outcome import Accepted, Outcome, Refused, bad_root, bad_targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.owner import Owner

UNFIT = Refused(name="ErrBadTargets", codes=("MALFORMED_JSON",))
BRICKED = Accepted(readable=False)
WHY_BYTES = "the uploaded bytes are what clients hash and read; others are refused"


def _targets(**more: object) -> Object:
    signed = metadata.targets({"1.0": metadata.target()}, version=2)
    return {**signed, **more}


def _written(
    name: str,
    sends: str,
    bend: Callable[[Owner], bytes],
    notary: Outcome,
    why: str = WHY_BYTES,
) -> Case:
    """Return the case of the next targets file as ``bend`` writes it."""
    return update(
        f"written-form/{name}",
        "3.9",
        sends,
        lambda owner: {"targets": bend(owner)},
        Ends(strict=UNFIT, notary=notary, why=why),
    )


def _bent(owner: Owner, old: bytes, new: bytes) -> bytes:
    content = owner.targets(version=2)
    if old not in content:
        raise ValueError(old)
    return content.replace(old, new, 1)


def _indented(owner: Owner) -> bytes:
    return json.dumps(json.loads(owner.targets(version=2)), indent=1).encode()


def _unsigned_field(owner: Owner) -> bytes:
    return owner.targets(version=2)[:-1] + b',"note":"anything"}'


def _field_in_signature(owner: Owner) -> bytes:
    signed = _targets()
    return with_signatures(signed, [{**signature(signed, owner.targets_key), "note": "x"}])


def _signed_field(owner: Owner) -> bytes:
    return owner.sign_targets(_targets(note="anything"))


def _custom_exponent(owner: Owner) -> bytes:
    entry = {**metadata.target(), "custom": {"n": 528}}
    signed = metadata.targets({"1.0": entry}, version=2)
    return owner.sign_targets(signed).replace(b'"n":528', b'"n":5.28e2')


def _unescaped(owner: Owner) -> bytes:
    signed = metadata.targets({"<1.0>": metadata.target()}, version=2)
    signatures = canonical([signature(signed, owner.targets_key)])
    return b'{"signed":' + canonical(signed) + b',"signatures":' + signatures + b"}"


def _signatures_first(owner: Owner) -> bytes:
    file = json.loads(owner.targets(version=2))
    ordered = {"signatures": file["signatures"], "signed": file["signed"]}
    return canonical(ordered)


def _deep(owner: Owner) -> bytes:
    nested = b"[" * 20000 + b"]" * 20000
    return _bent(owner, b'"targets":{"1.0":{', b'"targets":{"1.0":{"custom":' + nested + b",")


def _lasting(owner: Owner, expires: str) -> bytes:
    return owner.sign_targets(_targets(expires=expires))


def _many_signatures(owner: Owner) -> bytes:
    signed = _targets()
    good = signature(signed, owner.targets_key)
    strangers = [{**good, "keyid": f"{number:064x}"} for number in range(5000)]
    return with_signatures(signed, [*strangers, good])


WRITTEN = (
    _written("indented", "targets with line breaks and spaces", _indented, BRICKED),
    _written(
        "final-newline",
        "targets with a line break at the end",
        lambda owner: owner.targets(version=2) + b"\n",
        BRICKED,
    ),
    _written("signatures-first", "`signatures` before `signed`", _signatures_first, BRICKED),
    _written("unknown-unsigned-field", "a field beside `signed`", _unsigned_field, BRICKED),
    _written("unknown-signature-field", "a field in a signature", _field_in_signature, BRICKED),
    _written(
        "duplicate-key",
        "the key `version` twice in `signed`",
        lambda owner: _bent(owner, b'"version":2', b'"version":9,"version":2'),
        BRICKED,
        "readers disagree on which of the two counts",
    ),
    _written(
        "duplicate-signed",
        "`signed` twice",
        lambda owner: b'{"signed":{},' + owner.targets(version=2)[1:],
        BRICKED,
        "readers disagree on which of the two counts",
    ),
    _written(
        "custom-with-exponent",
        "the number 528 as 5.28e2 in custom data",
        _custom_exponent,
        BRICKED,
    ),
)

LIFETIMES = (
    _written(
        "lives-too-long",
        "targets that expire in a hundred years",
        lambda owner: owner.targets(version=2, life=metadata.ROOT_LIFE * 10),
        Accepted(),
        "a stolen key could freeze a repository for as long",
    ),
    _written(
        "lives-till-9999",
        "targets that expire in the year 9999",
        lambda owner: _lasting(owner, "9999-12-31T23:59:59Z"),
        Accepted(),
        "as above",
    ),
    update(
        "written-form/root-lives-too-long",
        "3.9",
        "a root that expires in a hundred years",
        lambda owner: {
            "root": owner.sign_root(
                metadata.root(owner.roles(), version=2, life=metadata.ROOT_LIFE * 10)
            )
        },
        Ends(strict=bad_root(), notary=Accepted(), why="as above"),
    ),
)

VERSIONS = tuple(
    _written(
        f"version-{name}",
        f"targets version {number}",
        lambda owner, number=number: owner.targets(version=number),  # type: ignore[misc]
        notary,
        "no later version would be possible, and the repository lost",
    )
    for name, number, notary in (
        ("2-to-the-31-less-1", 2**31 - 1, Accepted()),
        ("2-to-the-53", 2**53, Accepted()),
        ("2-to-the-63-less-1", 2**63 - 1, bad_targets()),
    )
)

MANY_SIGNATURES = (
    _written(
        "many-signatures",
        "5,000 signatures by keys nobody knows, and a good one",
        _many_signatures,
        Accepted(),
        "every reader has to go through them",
    ),
)


def _misread(name: str, sends: str, bend: Callable[[Owner], bytes]) -> Case:
    """Return the case of a file that no server takes for metadata."""
    return update(
        f"written-form/{name}", "3.9", sends, lambda owner: {"targets": bend(owner)}, UNFIT
    )


MISREAD = (
    _misread(
        "number-with-exponent",
        "the length 528 as 5.28e2",
        lambda owner: _bent(owner, b'"length":528', b'"length":5.28e2'),
    ),
    _misread(
        "trailing-data",
        "targets, and behind it another object",
        lambda owner: owner.targets(version=2) + b"{}",
    ),
    _misread(
        "byte-order-mark",
        "targets behind a byte order mark",
        lambda owner: b"\xef\xbb\xbf" + owner.targets(version=2),
    ),
    _misread(
        "not-utf-8",
        "a byte that is not UTF-8 in a target's name",
        lambda owner: _bent(owner, b'"1.0"', b'"1.\xff"'),
    ),
    _misread(
        "lone-surrogate",
        "half a surrogate pair in a target's name",
        lambda owner: _bent(owner, b'"1.0"', b'"1.\\ud800"'),
    ),
    _misread("nested-deeply", "custom data nested 20,000 deep", _deep),
    _misread("expires-is-no-time", "the expiry `soon`", lambda owner: _lasting(owner, "soon")),
)


def _kept(name: str, sends: str, bend: Callable[[Owner], bytes]) -> Case:
    """Return the case of a file that is served as it came, and that clients can read so."""
    return update(
        f"written-form/{name}",
        "3.9",
        sends,
        lambda owner: {"targets": bend(owner)},
        Ends(
            strict=Accepted(),
            notary=BRICKED,
            why="the uploaded bytes are hashed and served, so clients can read them",
        ),
    )


KEPT = (
    _kept("unescaped", "`<` and `>` as such instead of `\\u003c`", _unescaped),
    _kept("unknown-signed-field", "a signed field nobody knows", _signed_field),
)
