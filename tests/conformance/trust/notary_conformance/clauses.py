"""The rules of the API, numbered, each in a sentence; every case names the one it tests."""

from __future__ import annotations

CLAUSES = {
    "1.1": "`GET /v2/` tells clients whether to sign in: 200, or 401 with a challenge.",
    "1.2": "Metadata lies at `/v2/{gun}/_trust/tuf/`, by role, by version and role, and by role "
    "and lower-case hex SHA-256; what is not there is 404 `METADATA_NOT_FOUND`.",
    "1.3": "A GUN is everything between `/v2/` and `/_trust/`, slashes, colons and decoded "
    "percent signs included; repositories do not see each other.",
    "1.4": "A file is served with the bytes it was uploaded with, and every version of it stays.",
    "1.5": "Answers by hash or version may be kept by caches, current ones only for a while.",
    "1.6": "Errors are JSON: one code, message and detail, in at most 1024 bytes.",
    "1.7": "Health and metrics are open to everybody.",
    "2.1": "`GET tuf/{snapshot,timestamp}.key` gives the public key the server signs that role "
    "with: of the published root, or a new one for a new repository.",
    "2.2": "`POST tuf/{snapshot,timestamp}.key` gives another key, which is used once a root "
    "names it.",
    "3.1": "An update is a multipart POST to `tuf/` with one part per changed file; its file name "
    "is the role. Success is 200 with an empty body.",
    "3.2": "An update without parts is accepted.",
    "3.3": "An update is taken as a whole or not at all.",
    "3.4": "Of two updates at once one is accepted and the other told `VERSION`.",
    "3.5": "Where the server holds the snapshot key it makes the next snapshot of each update.",
    "3.6": "The server makes the next timestamp of each update.",
    "3.7": "A body that is no multipart form, or a part that is no metadata file, is refused with "
    "its own code.",
    "3.8": "Role names are `root`, `targets`, `snapshot`, `timestamp` or `targets/` with "
    "lower-case segments, under 256 characters.",
    "3.9": "What cannot be served back so that clients can verify it is refused.",
    "4.1": "The first update brings a root and a targets file.",
    "4.2": "A root has its type, a version, four roles with thresholds and keys, and is signed.",
    "4.3": "A root key is a certificate for the GUN: one leaf, valid now.",
    "4.4": "A new root has the next version and is signed by the old and the new root role.",
    "4.5": "Keys of snapshot and timestamp in a root are the server's, or the client sends the "
    "snapshot itself.",
    "5.1": "A targets file has its type, a version above the stored one, and has not expired.",
    "5.2": "A file needs valid signatures of as many different keys as its role's threshold says.",
    "5.3": "Signatures are over the canonical form of the decoded `signed` object.",
    "5.4": "What a signature is worth follows from the key's type: ecdsa, rsa, ed25519 or a "
    "certificate of one.",
    "5.5": "A delegation is declared by its direct parent, and signed by the keys named there.",
    "5.6": "A snapshot that the client signs describes the files that are there.",
    "6.1": "`DELETE tuf/` removes everything of one GUN; a new root may follow.",
    "7.1": "The changefeed lists every published timestamp and every deletion, oldest first.",
    "8.1": "Trust routes answer 401 with a challenge naming the scope that is missing.",
    "8.2": "The token endpoint gives everybody a token; what it opens depends on the credentials.",
}
