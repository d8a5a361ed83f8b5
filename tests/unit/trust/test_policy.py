"""Policies count those whose own delegation names the tag with the digest that it resolves to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.trust.errors import InvalidPolicyError, NotSignedError, PolicyUnmetError
from sealyard.trust.metadata import FileInfo
from sealyard.trust.policy import PullPolicy, Verdict, signers_of
from trust_owner import DIGEST, Owner, target
from trust_registry import Registry

if TYPE_CHECKING:
    from sealyard.trust.trusted_set import TrustedSet

ALICE, BOB, CAROL = (f"targets/{name}" for name in ("alice", "bob", "carol"))
RELEASES = "targets/releases"
OTHER = FileInfo(hashes={"sha256": DIGEST[::-1]}, length=523)


@pytest.fixture
def trusted() -> TrustedSet:
    """`v1` is released and signed by alice and bob; carol names it with another digest."""
    registry = Registry()
    owner: Owner = registry.owner()
    registry.publish(root=owner.root_file(), targets=owner.add("admin"))
    for role in (ALICE, BOB, CAROL, RELEASES):
        registry.publish(targets=owner.delegate(role))
    tags = {RELEASES: target(), ALICE: target(), BOB: target(7), CAROL: OTHER}
    registry.publish_files(
        {role: owner.change(role, targets={"v1": info}) for role, info in tags.items()}
    )
    return registry.believed((RELEASES, ALICE, BOB, CAROL))


def signers(policy: PullPolicy, trusted: TrustedSet, tag: str = "v1") -> tuple[str, ...]:
    return policy.judge(trusted, tag).signers


def test_any_valid_trust_data_is_enough_unless_somebody_is_wanted(trusted: TrustedSet) -> None:
    assert PullPolicy.any_signer().judge(trusted, "v1") == Verdict(
        target(), RELEASES, ("alice", "bob")
    )
    assert PullPolicy().judge(trusted, "admin") == Verdict(target(), "targets", ())


def test_only_the_same_digest_counts(trusted: TrustedSet) -> None:
    assert signers(PullPolicy.any_of(["bob", "carol"]), trusted) == ("alice", "bob")
    assert signers_of(trusted, "v1", OTHER) == ("carol",)
    with pytest.raises(PolicyUnmetError) as caught:
        signers(PullPolicy.any_of(["carol", "dave"]), trusted)
    assert str(caught.value) == (
        "No valid trust data for v1: the policy wants it signed by 1 of carol, dave, and it is "
        "signed by alice, bob; ask those who are missing to sign it"
    )
    assert caught.value.signers == ("alice", "bob")


def test_a_target_without_a_digest_has_no_signers(trusted: TrustedSet) -> None:
    assert signers_of(trusted, "v1", FileInfo(hashes={}, length=1)) == ()


def test_all_of_several_are_wanted(trusted: TrustedSet) -> None:
    assert signers(PullPolicy.all_of(["alice", "bob"]), trusted)
    with pytest.raises(PolicyUnmetError, match="2 of alice, carol"):
        signers(PullPolicy.all_of(["alice", "carol"]), trusted)


@pytest.mark.parametrize(
    ("names", "required", "met"),
    [
        ((), 0, True),
        ((), 2, True),
        ((), 3, False),
        (("alice", "bob", "carol"), 2, True),
        (("alice", "bob", "carol"), 3, False),
    ],
)
def test_a_number_of_signers_is_wanted(
    trusted: TrustedSet, names: tuple[str, ...], required: int, *, met: bool
) -> None:
    policy = PullPolicy.some_of(names, required)
    if met:
        assert signers(policy, trusted)
    else:
        with pytest.raises(PolicyUnmetError):
            signers(policy, trusted)


def test_the_administrator_is_no_signer(trusted: TrustedSet) -> None:
    with pytest.raises(PolicyUnmetError, match="nobody but the administrator"):
        signers(PullPolicy.some_of((), 1), trusted, "admin")


def test_a_name_given_twice_counts_once() -> None:
    assert PullPolicy.all_of(["alice", "alice"]) == PullPolicy(("alice",), 1)


def test_nobody_signed(trusted: TrustedSet) -> None:
    for policy in (PullPolicy(), PullPolicy.any_of(["alice"])):
        with pytest.raises(NotSignedError) as caught:
            policy.judge(trusted, "v9")
        assert str(caught.value) == "No valid trust data for v9"


@pytest.mark.parametrize("name", ["", "releases", "a/b"])
def test_what_is_no_signer_cannot_be_wanted(name: str) -> None:
    with pytest.raises(InvalidPolicyError, match="is not the name of a signer"):
        PullPolicy.any_of([name])


@pytest.mark.parametrize(("names", "required"), [(("a",), 0), (("a",), 2), ((), -1)])
def test_a_number_that_cannot_be_met_is_refused(names: tuple[str, ...], required: int) -> None:
    with pytest.raises(InvalidPolicyError):
        PullPolicy.some_of(names, required)
