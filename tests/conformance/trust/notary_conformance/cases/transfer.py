"""Ways in which HTTP lets the same update be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance.case import Case, Trial, scripted
from notary_conformance.multipart import BOUNDARY, CONTENT_TYPE, body, parts_of
from notary_conformance.outcome import Accepted
from notary_conformance.reader import walk
from notary_conformance.session import PUSH

if TYPE_CHECKING:
    from collections.abc import Iterator


def _next_body(trial: Trial) -> bytes:
    owner = trial.published()
    return body(parts_of({"targets": owner.targets(version=2)}))


def _typed(name: str, sends: str, content_type: str, before: bytes = b"") -> Case:
    """Return the case of a good update under ``content_type``, with ``before`` in front."""

    @scripted(f"transfer/{name}", "3.1", sends, "accepted")
    def case(trial: Trial) -> None:
        content = before + _next_body(trial)
        answer = trial.collection().post_raw(content, content_type)
        Accepted().judge(answer, trial.profile)
        walk(trial.collection())

    return case


TYPES = (
    _typed(
        "quoted-boundary",
        "a boundary in quotes",
        f'multipart/form-data; boundary="{BOUNDARY}"',
    ),
    _typed(
        "upper-case-type",
        "the type `Multipart/Form-Data`",
        f"Multipart/Form-Data; boundary={BOUNDARY}",
    ),
    _typed(
        "charset-too",
        "a further parameter before the boundary",
        f"multipart/form-data; charset=utf-8; boundary={BOUNDARY}",
    ),
    _typed("leading-line-break", "a line break before the first boundary", CONTENT_TYPE, b"\r\n"),
)


@scripted("transfer/chunked", "3.1", "an update in chunks, without its length", "accepted")
def chunked(trial: Trial) -> None:
    content = _next_body(trial)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(content), 100):
            yield content[start : start + 100]

    collection = trial.collection()
    answer = trial.session.ask(
        "POST",
        f"{collection.base}/tuf/",
        collection.scope(PUSH),
        headers={"Content-Type": CONTENT_TYPE},
        content=pieces(),
    )
    Accepted().judge(answer, trial.profile)
    walk(collection)
