from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.oci import media_types
from sealyard.oci.digest import Digest
from sealyard.oci.errors import (
    InvalidManifestError,
    MalformedManifestError,
    ObsoleteManifestError,
)
from sealyard.oci.manifest import parse

A, B, C = (Digest.of(text) for text in (b"a", b"b", b"c"))


def descriptor(digest: Digest, media_type: str = "application/x", **more: object) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(digest), "size": 1, **more}


def image(**changed: object) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": descriptor(A, "application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor(B)],
        **changed,
    }


def index(**changed: object) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [descriptor(B), descriptor(C)],
        **changed,
    }


def encoded(document: object) -> bytes:
    return json.dumps(document, indent=3).encode()


def test_an_image_names_its_config_and_layers() -> None:
    content = encoded(image(unknown={"kept": True}))
    manifest = parse(content, media_types.OCI_MANIFEST)
    assert manifest.content is content
    assert (manifest.blobs, manifest.manifests) == ((A, B), ())
    assert manifest.referrer_type == "application/vnd.oci.image.config.v1+json"


def test_docker_schema_2_and_lists_are_the_same_two_shapes() -> None:
    schema2 = encoded(image(mediaType=media_types.DOCKER_MANIFEST))
    assert parse(schema2, media_types.DOCKER_MANIFEST).blobs == (A, B)
    listing = encoded(index(mediaType=media_types.DOCKER_LIST))
    assert parse(listing, media_types.DOCKER_LIST).manifests == (B, C)


def test_the_type_may_be_said_in_the_document_alone_or_not_at_all() -> None:
    assert parse(encoded(index()), "").media_type == media_types.OCI_INDEX
    untyped = index()
    del untyped["mediaType"]
    assert parse(encoded(untyped), "").media_type == media_types.OCI_INDEX
    bare = image()
    del bare["mediaType"]
    assert parse(encoded(bare), "").media_type == media_types.OCI_MANIFEST


def test_parameters_of_the_content_type_are_ignored() -> None:
    manifest = parse(encoded(image()), media_types.OCI_MANIFEST + "; charset=utf-8")
    assert manifest.media_type == media_types.OCI_MANIFEST


def test_content_that_may_be_elsewhere_is_not_required() -> None:
    layers = [
        descriptor(B, "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
        descriptor(B, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
        descriptor(C, urls=["https://example.com/layer"]),
    ]
    assert parse(encoded(image(layers=layers)), "").blobs == (A,)


def test_what_is_named_twice_is_required_once() -> None:
    assert parse(encoded(image(layers=[descriptor(B), descriptor(B)])), "").blobs == (A, B)


def test_no_layers_are_layers_too() -> None:
    assert parse(encoded(image(layers=[])), "").blobs == (A,)
    assert parse(encoded(image(layers=None)), "").blobs == (A,)


def test_subject_type_and_annotations_are_read() -> None:
    content = encoded(
        image(
            subject=descriptor(C),
            artifactType="application/vnd.example.sbom.v1",
            annotations={"k": "v"},
        )
    )
    manifest = parse(content, media_types.OCI_MANIFEST)
    assert manifest.subject == C
    assert manifest.referrer_type == "application/vnd.example.sbom.v1"
    assert manifest.annotations == {"k": "v"}


def test_an_index_without_artifact_type_shows_none() -> None:
    assert parse(encoded(index(subject=descriptor(A))), "").referrer_type == ""


def test_an_artifact_manifest_of_the_drafts_names_its_blobs() -> None:
    content = encoded({"mediaType": media_types.OCI_ARTIFACT, "blobs": [descriptor(A)]})
    assert parse(content, media_types.OCI_ARTIFACT).blobs == (A,)


def test_a_type_of_the_future_is_kept_as_it_came() -> None:
    content = b'{ "layers": "means something else",  "mediaType":"application/vnd.future+json" }'
    manifest = parse(content, "application/vnd.future+json")
    assert (manifest.content, manifest.media_type) == (content, "application/vnd.future+json")
    assert manifest.blobs == ()


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        ({"schemaVersion": 1, "fsLayers": []}, ""),
        ({"schemaVersion": 1}, media_types.OCI_MANIFEST),
        (image(), "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        (image(mediaType="application/vnd.docker.distribution.manifest.v1+json"), ""),
    ],
)
def test_schema_1_is_refused_as_such(document: dict[str, Any], content_type: str) -> None:
    with pytest.raises(ObsoleteManifestError):
        parse(encoded(document), content_type)


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        {},
        image(config=None),
        image(config=descriptor(A) | {"digest": "sha256:wrong"}),
        image(config={"digest": str(A), "size": 1}),
        image(layers=[{"digest": str(A), "size": -1}]),
        image(layers=[{"digest": str(A), "size": 2**70}]),
        image(layers={"digest": str(A)}),
        image(schemaVersion=3),
        image(manifests=[]),
        image(subject={"digest": str(A)}),
        image(artifactType="no media type"),
        image(annotations={"k": 1}),
        image(mediaType="application/vnd.future+json"),
        index(layers=[]),
        index(config=descriptor(A)),
        index(manifests=None),
        index(schemaVersion=None),
    ],
)
def test_a_manifest_against_its_rules_is_refused(document: object) -> None:
    with pytest.raises(MalformedManifestError):
        parse(encoded(document), "")


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        (image(), media_types.OCI_INDEX),
        (image(), media_types.DOCKER_MANIFEST),
        (image(), "application/vnd.future+json"),
        (image(), "text/html"),
        (image(), "application/x y"),
        ([], "application/vnd.future+json"),
    ],
)
def test_a_manifest_is_what_it_was_sent_as(document: object, content_type: str) -> None:
    with pytest.raises(MalformedManifestError):
        parse(encoded(document), content_type)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"{", b"[" * 100_000, b'{"a":' * 100_000, b'{"x":' + b"[" * 5000 + b"]" * 5000],
)
def test_broken_or_deep_json_is_refused(content: bytes) -> None:
    for content_type in ("", "application/vnd.future+json"):
        with pytest.raises(MalformedManifestError):
            parse(content, content_type)


def test_more_descriptors_than_the_bound_are_refused() -> None:
    with pytest.raises(MalformedManifestError):
        parse(encoded(image(layers=[descriptor(B)] * 20_001)), "")


@given(st.binary(), st.text())
def test_nothing_but_a_typed_error_comes_out(content: bytes, content_type: str) -> None:
    with pytest.raises(InvalidManifestError):
        parse(b"\x00" + content, content_type)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(["config", "layers", "manifests", "subject", "annotations", "mediaType"]),
    json_values,
)
def test_any_value_in_any_field_gives_a_manifest_or_a_typed_error(
    field: str, value: object
) -> None:
    with contextlib.suppress(InvalidManifestError):
        parse(encoded(image(**{field: value})), "")
