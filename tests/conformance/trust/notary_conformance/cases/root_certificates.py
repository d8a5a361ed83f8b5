"""The certificate a root key comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from notary_conformance.case import Case, Ends, Trial, update
from notary_conformance.certificates import CertificateForm, certificate, certified
from notary_conformance.keys import KeyPair, ecdsa_key, rsa_key
from notary_conformance.outcome import Accepted, Outcome, bad_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.owner import Files, Owner

NO_LEAF = bad_root(
    "could not validate the path to a trusted root: unable to retrieve valid leaf certificates"
)
DAY = timedelta(days=1)


def _case(name: str, sends: str, make: Callable[[Owner], KeyPair], ends: Outcome | Ends) -> Case:
    def build(owner: Owner) -> Files:
        owner.root_key = make(owner)
        return owner.first_files()

    return update(f"certificates/{name}", "4.3", sends, build, ends, prepare=Trial.owner)


def _named(owner: Owner, common_name: str) -> KeyPair:
    return owner.certified(ecdsa_key(), common_name=common_name)


def _chain(owner: Owner, *, authority: bool) -> KeyPair:
    form = CertificateForm(owner.collection.gun)
    second = certificate(ecdsa_key(), replace(form, authority=authority))
    return certified(ecdsa_key(), form, more=(second,))


CERTIFICATES = (
    _case(
        "other-name",
        "a certificate for another repository",
        lambda owner: _named(owner, owner.collection.gun + "x"),
        NO_LEAF,
    ),
    _case(
        "name-without-host",
        "a certificate for the GUN without its host",
        lambda owner: _named(owner, owner.collection.gun.partition("/")[2]),
        NO_LEAF,
    ),
    _case(
        "name-prefix",
        "a certificate for the GUN's beginning followed by `*`",
        lambda owner: _named(owner, owner.collection.gun.rpartition("/")[0] + "/*"),
        Accepted(),
    ),
    _case(
        "name-other-prefix",
        "a certificate for another beginning followed by `*`",
        lambda owner: _named(owner, owner.collection.gun + "/*"),
        NO_LEAF,
    ),
    _case(
        "expired",
        "a certificate that has expired",
        lambda owner: owner.certified(ecdsa_key(), starts=-9 * DAY, ends=-DAY),
        NO_LEAF,
    ),
    _case(
        "begins-soon",
        "a certificate that begins in an hour (clocks differ)",
        lambda owner: owner.certified(ecdsa_key(), starts=DAY / 24),
        Accepted(),
    ),
    _case(
        "begins-later",
        "a certificate that begins in a week",
        lambda owner: owner.certified(ecdsa_key(), starts=7 * DAY),
        NO_LEAF,
    ),
    _case("none", "a bare key in place of a certificate", lambda _owner: ecdsa_key(), NO_LEAF),
    _case(
        "two-leaves",
        "two certificates of which neither is an authority",
        lambda owner: _chain(owner, authority=False),
        NO_LEAF,
    ),
    _case(
        "leaf-and-authority",
        "a leaf followed by an authority's certificate",
        lambda owner: _chain(owner, authority=True),
        Accepted(),
    ),
    _case(
        "authority",
        "an authority's certificate alone",
        lambda owner: owner.certified(ecdsa_key(), authority=True),
        NO_LEAF,
    ),
    _case(
        "p-384",
        "a certificate on the curve P-384",
        lambda owner: owner.certified(ecdsa_key(ec.SECP384R1())),
        Accepted(),
    ),
    _case(
        "p-521",
        "a certificate on the curve P-521",
        lambda owner: owner.certified(ecdsa_key(ec.SECP521R1())),
        Accepted(),
    ),
    _case(
        "rsa",
        "an RSA certificate of 2048 bits",
        lambda owner: owner.certified(rsa_key()),
        Accepted(),
    ),
    _case(
        "rsa-short",
        "an RSA certificate of 1024 bits",
        lambda owner: owner.certified(rsa_key(1024)),
        NO_LEAF,
    ),
)
