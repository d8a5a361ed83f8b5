"""Which endpoint a path means. By hand: this runs on every request, and a name may hold slashes.

::

    /v2/                                    BASE
    /v2/_catalog                            CATALOG
    /v2/<name>/tags/list                    TAGS
    /v2/<name>/manifests/<tag or digest>    MANIFEST
    /v2/<name>/blobs/<digest>               BLOB
    /v2/<name>/blobs/uploads/               UPLOADS
    /v2/<name>/blobs/uploads/<id>           UPLOAD
    /v2/<name>/referrers/<digest>           REFERRERS

A path is read from its end: ``manifests`` and ``blobs`` may be parts of a repository's name.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

_ROOT: Final = "/v2/"
_START: Final = len(_ROOT)


class Endpoint(Enum):
    """The endpoints of the specification, and the catalog that docker's registry added."""

    BASE = auto()
    CATALOG = auto()
    TAGS = auto()
    MANIFEST = auto()
    BLOB = auto()
    UPLOADS = auto()
    UPLOAD = auto()
    REFERRERS = auto()
    NONE = auto()


# `/blobs/uploads` before `/blobs`: an upload's path ends like a blob's, one part further on.
_BY_PARENT: Final = (
    ("/manifests", Endpoint.MANIFEST),
    ("/blobs/uploads", Endpoint.UPLOAD),
    ("/blobs", Endpoint.BLOB),
    ("/referrers", Endpoint.REFERRERS),
)
_UPLOADS: Final = ("/blobs/uploads/", "/blobs/uploads")
_TAGS: Final = "/tags/list"

Place = tuple[Endpoint, str, str]


def place(path: str) -> Place:
    """Return the endpoint, the repository's name and the last part, none of them checked yet."""
    parent, _, last = path.rpartition("/")
    if last:
        for ending, endpoint in _BY_PARENT:
            if parent.endswith(ending):
                if endpoint is Endpoint.BLOB and last == "uploads":
                    break
                return endpoint, parent[_START : -len(ending)], last
    for ending in _UPLOADS:
        if path.endswith(ending):
            return Endpoint.UPLOADS, path[_START : -len(ending)], ""
    if path.endswith(_TAGS):
        return Endpoint.TAGS, path[_START : -len(_TAGS)], ""
    if path in {"/v2/", "/v2"}:
        return Endpoint.BASE, "", ""
    if path == "/v2/_catalog":
        return Endpoint.CATALOG, "", ""
    return Endpoint.NONE, "", ""
