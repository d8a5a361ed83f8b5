"""A case: one thing sent to the server, the rule it tests, and what has to come of it.

Most cases are one update (``update``), a row of a table; the others are a short script
(``scripted``). Both say in words what they send and expect, so that the lists in the
documentation are made from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notary_conformance.answer import DisagreementError, disagree, require
from notary_conformance.outcome import Accepted, Outcome, Profile
from notary_conformance.owner import Files, Owner
from notary_conformance.reader import walk
from notary_conformance.session import Collection, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.keys import KeyPair
    from notary_conformance.multipart import Part


@dataclass(frozen=True, slots=True)
class Trial:
    """What a case works with: the server, the profile, and a GUN of its own."""

    session: Session
    profile: Profile
    gun: str

    @property
    def expects_notary(self) -> bool:
        """Return whether notary-server's own behaviour is wanted."""
        return self.profile is Profile.NOTARY

    def collection(self, suffix: str = "") -> Collection:
        """Return the trust routes of the case's GUN, or of a neighbour of it."""
        return Collection(self.session, self.gun + suffix)

    def owner(
        self, *, snapshot_key: KeyPair | None = None, targets_key: KeyPair | None = None
    ) -> Owner:
        """Return the owner of a repository that does not exist yet."""
        owner = Owner(self.collection(), snapshot_key=snapshot_key)
        if targets_key is not None:
            owner.targets_key = targets_key
        return owner

    def published(self) -> Owner:
        """Return the owner of a repository at its first version."""
        owner = self.owner()
        owner.publish_first()
        return owner


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected, in words: of every server, or of each profile with the reason."""

    must: str | None = None
    strict: str | None = None
    notary: str | None = None
    why: str = ""

    def under(self, profile: Profile) -> str | None:
        """Return what ``profile`` expects; None when it has no opinion."""
        own = {Profile.STRICT: self.strict, Profile.NOTARY: self.notary}.get(profile)
        return own if own is not None else self.must

    @property
    def differs(self) -> bool:
        """Return whether the two profiles expect different things."""
        return self.under(Profile.STRICT) != self.under(Profile.NOTARY)


@dataclass(frozen=True, slots=True)
class Case:
    """One case; ``signed_in`` is whether it needs a server that asks people to sign in."""

    name: str
    clause: str
    sends: str
    expects: Expectation
    run: Callable[[Trial], None]
    signed_in: bool = False

    @property
    def level(self) -> str:
        """Return ``MUST`` when every server is held to it, else ``PROFILE``."""
        return "MUST" if self.expects.must is not None else "PROFILE"


def scripted(
    name: str,
    clause: str,
    sends: str,
    expects: Expectation | str,
    *,
    signed_in: bool = False,
) -> Callable[[Callable[[Trial], None]], Case]:
    """Turn a function into the case ``name``; it raises ``DisagreementError`` to fail."""
    expected = Expectation(must=expects) if isinstance(expects, str) else expects

    def made(run: Callable[[Trial], None]) -> Case:
        return Case(name, clause, sends, expected, run, signed_in)

    return made


@dataclass(frozen=True, slots=True)
class Ends:
    """How an update ends under each profile, where they differ, and why they do."""

    strict: Outcome
    notary: Outcome
    why: str
    must: Outcome | None = None

    def under(self, profile: Profile) -> Outcome:
        """Return the outcome that ``profile`` expects."""
        outcomes = {Profile.STRICT: self.strict, Profile.NOTARY: self.notary}
        return outcomes.get(profile) or self.must or self.strict

    def in_words(self) -> Expectation:
        """Return the same for people."""
        must = self.must.describe() if self.must else None
        return Expectation(must, self.strict.describe(), self.notary.describe(), self.why)


def update(  # noqa: PLR0913 - the columns of a table
    name: str,
    clause: str,
    sends: str,
    build: Callable[[Owner], Files | list[Part]],
    ends: Outcome | Ends,
    *,
    prepare: Callable[[Trial], Owner] = Trial.published,
) -> Case:
    """Return the case that sends one update to what ``prepare`` made.

    A refused update has to change nothing that readers see. An accepted one has to be
    readable by a client without a cache.
    """

    def run(trial: Trial) -> None:
        owner = prepare(trial)
        outcome = ends.under(trial.profile) if isinstance(ends, Ends) else ends
        made = build(owner)
        before = owner.state()
        answer = owner.post(made) if isinstance(made, dict) else owner.collection.post(made)
        outcome.judge(answer, trial.profile)
        if isinstance(outcome, Accepted):
            _require_readable(owner.collection, expected=outcome.readable)
        else:
            require(owner.state() == before, "a refused update changed what readers see")

    words = ends.in_words() if isinstance(ends, Ends) else Expectation(must=ends.describe())
    return Case(name, clause, sends, words, run)


def _require_readable(collection: Collection, *, expected: bool) -> None:
    try:
        walk(collection)
    except DisagreementError as broken:
        if expected:
            disagree(f"accepted, but unreadable: {broken}")
        return
    require(expected, "this server leaves the repository readable, unlike what is recorded")
