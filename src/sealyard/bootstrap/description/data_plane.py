"""The routes below ``/v2``, which are matched by hand: images and trust data.

OCI Distribution 1.1, "Endpoints", and notary's protocol. A row is a method, a path, a summary and
the media type of a body. Names may hold slashes.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class DataRoute(NamedTuple):
    """One operation; ``body`` is the media type that is sent, empty for none."""

    method: str
    path: str
    summary: str
    body: str = ""


_BLOB: Final = "application/octet-stream"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_ONE: Final = "/v2/{name}"
_TRUST: Final = "/v2/{gun}/_trust"

ROUTES: Final = (
    DataRoute("GET", "/v2/", "Say that this is a registry, to who is signed in."),
    DataRoute("GET", "/v2/_catalog", "List the repositories that the caller may pull."),
    DataRoute("GET", f"{_ONE}/tags/list", "List tags."),
    DataRoute("GET", f"{_ONE}/manifests/{{reference}}", "Return a manifest by tag or digest."),
    DataRoute("HEAD", f"{_ONE}/manifests/{{reference}}", "Describe a manifest."),
    DataRoute("PUT", f"{_ONE}/manifests/{{reference}}", "Push a manifest.", _MANIFEST),
    DataRoute("DELETE", f"{_ONE}/manifests/{{reference}}", "Delete a manifest, or a tag."),
    DataRoute("GET", f"{_ONE}/blobs/{{digest}}", "Return a blob, or a range of it."),
    DataRoute("HEAD", f"{_ONE}/blobs/{{digest}}", "Describe a blob."),
    DataRoute("DELETE", f"{_ONE}/blobs/{{digest}}", "Delete a blob."),
    DataRoute("POST", f"{_ONE}/blobs/uploads/", "Begin an upload, send it whole, or mount.", _BLOB),
    DataRoute("GET", f"{_ONE}/blobs/uploads/{{id}}", "Say how far an upload has come."),
    DataRoute("PATCH", f"{_ONE}/blobs/uploads/{{id}}", "Send the next piece.", _BLOB),
    DataRoute("PUT", f"{_ONE}/blobs/uploads/{{id}}", "Send the last piece and the digest.", _BLOB),
    DataRoute("DELETE", f"{_ONE}/blobs/uploads/{{id}}", "Give up an upload."),
    DataRoute("GET", f"{_ONE}/referrers/{{digest}}", "List what refers to a manifest."),
    DataRoute("POST", f"{_TRUST}/tuf/", "Publish trust data.", "multipart/form-data"),
    DataRoute("DELETE", f"{_TRUST}/tuf/", "Delete the trust data of a repository."),
    DataRoute("GET", f"{_TRUST}/tuf/{{file}}.json", "Return a trust file: present, old, by hash."),
    DataRoute("GET", f"{_TRUST}/tuf/{{role}}.key", "Return the registry's key for a role."),
    DataRoute("POST", f"{_TRUST}/tuf/{{role}}.key", "Have the registry make a new key."),
    DataRoute("GET", f"{_TRUST}/changefeed", "List what happened to one repository's trust data."),
    DataRoute("GET", "/v2/_trust/changefeed", "List what happened to all trust data."),
)
