"""Kinds of keys and labels of signatures, shown on the targets role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from notary_conformance import metadata
from notary_conformance.case import Case, Ends, Trial, update
from notary_conformance.certificates import CertificateForm, certified
from notary_conformance.keys import KeyPair, ecdsa_key, ed25519_key, rsa_key
from notary_conformance.metadata import Role, signature, with_signatures
from notary_conformance.outcome import Accepted, Outcome, Refused, bad_targets
from notary_conformance.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.owner import Files

REFUSED = bad_targets("valid signatures did not meet threshold for targets")


def _kind(name: str, sends: str, make: Callable[[], KeyPair], ends: Outcome | Ends) -> Case:
    """Return the case of a first update whose targets key ``make`` makes."""

    def prepare(trial: Trial) -> Owner:
        return trial.owner(targets_key=make())

    return update(f"signing/{name}", "5.4", sends, Owner.first_files, ends, prepare=prepare)


def _in_certificate(key: KeyPair) -> KeyPair:
    return certified(key, CertificateForm("somebody"))


KINDS = (
    _kind("p-384", "targets signed on P-384", lambda: ecdsa_key(ec.SECP384R1()), Accepted()),
    _kind("p-521", "targets signed on P-521", lambda: ecdsa_key(ec.SECP521R1()), Accepted()),
    _kind("ed25519", "targets signed by Ed25519", ed25519_key, Accepted()),
    _kind("rsa-pss", "targets signed by RSA, PSS", rsa_key, Accepted()),
    _kind(
        "rsa-pkcs1v15",
        "targets signed by RSA, PKCS #1 v1.5",
        lambda: rsa_key().labelled("rsapkcs1v15"),
        Accepted(),
    ),
    _kind(
        "rsa-short",
        "targets signed by RSA of 1024 bits",
        lambda: rsa_key(1024),
        Refused(name="ErrBadTargets", names=("ErrBadRoot",)),
    ),
    _kind(
        "ecdsa-x509",
        "targets signed by a certificate's ECDSA key",
        lambda: _in_certificate(ecdsa_key()),
        Accepted(),
    ),
    _kind(
        "rsa-x509",
        "targets signed by a certificate's RSA key",
        lambda: _in_certificate(rsa_key()),
        Accepted(),
    ),
    _kind(
        "ecdsa-der",
        "an ECDSA signature in DER instead of two numbers of fixed width",
        lambda: ecdsa_key().labelled("ecdsa-der"),
        REFUSED,
    ),
)


def _labelled(
    name: str, label: str, sends: str, ends: Outcome | Ends, make: Callable[[], KeyPair] = ecdsa_key
) -> Case:
    """Return the case of a good signature under the method ``label``."""

    def prepare(trial: Trial) -> Owner:
        owner = trial.owner(targets_key=make())
        owner.publish_first()
        return owner

    def build(owner: Owner) -> Files:
        signed = metadata.targets({"1.0": metadata.target()}, version=2)
        entry = {**signature(signed, owner.targets_key), "method": label}
        return {"targets": with_signatures(signed, [entry])}

    return update(f"signing/{name}", "5.4", sends, build, ends, prepare=prepare)


LABELS = (
    _labelled(
        "label-upper-case",
        "ECDSA",
        "an ECDSA signature labelled `ECDSA`",
        Ends(
            strict=Accepted(),
            notary=Accepted(readable=False),
            why="clients compare labels without regard to case; notary-server writes the label "
            "anew and so breaks its own hashes",
        ),
    ),
    _labelled("label-of-rsa", "rsapss", "an ECDSA signature labelled `rsapss`", REFUSED),
    _labelled("label-of-eddsa", "eddsa", "an ECDSA signature labelled `eddsa`", REFUSED),
    _labelled("label-unknown", "hmac", "an ECDSA signature labelled `hmac`", REFUSED),
    _labelled("label-empty", "", "an ECDSA signature without a label", REFUSED),
    _labelled(
        "label-of-ecdsa",
        "ecdsa",
        "an Ed25519 signature labelled `ecdsa`",
        REFUSED,
        ed25519_key,
    ),
    _labelled(
        "label-of-other-padding",
        "rsapkcs1v15",
        "an RSA PSS signature labelled `rsapkcs1v15`",
        REFUSED,
        rsa_key,
    ),
)


def _two_keys(trial: Trial) -> Owner:
    """Return the owner of a repository whose targets role needs two of two keys."""
    owner = trial.owner()
    owner.second_targets_key = ecdsa_key()
    role = Role((owner.targets_key.named, owner.second_targets_key.named), threshold=2)
    targets = metadata.targets()
    signers = (owner.targets_key, owner.second_targets_key)
    root = owner.sign_root(owner.root(1, targets=role))
    owner.publish({"root": root, "targets": metadata.signed_file(targets, signers)})
    return owner


def _signed_by(*keys: KeyPair | None) -> Files:
    signed = metadata.targets({"1.0": metadata.target()}, version=2)
    return {"targets": metadata.signed_file(signed, [key for key in keys if key is not None])}


THRESHOLDS = (
    update(
        "signing/two-of-two",
        "5.2",
        "targets with threshold 2, signed by both keys",
        lambda owner: _signed_by(owner.targets_key, owner.second_targets_key),
        Accepted(),
        prepare=_two_keys,
    ),
    update(
        "signing/one-of-two",
        "5.2",
        "targets with threshold 2, signed by one key",
        lambda owner: _signed_by(owner.targets_key),
        REFUSED,
        prepare=_two_keys,
    ),
    update(
        "signing/one-of-two-twice",
        "5.2",
        "targets with threshold 2, signed twice by one key",
        lambda owner: _signed_by(owner.targets_key, owner.targets_key),
        REFUSED,
        prepare=_two_keys,
    ),
    update(
        "signing/one-of-two-and-a-stranger",
        "5.2",
        "targets with threshold 2, signed by one key and by a stranger",
        lambda owner: _signed_by(owner.targets_key, ecdsa_key()),
        REFUSED,
        prepare=_two_keys,
    ),
)
