from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import insert
from starlette.applications import Starlette

from directory_setup import OWNER, OWNER_PASSWORD, DirectorySetup
from management_setup import SERVER, InProcess
from sealyard.access.assignments import AssignmentScope
from sealyard.api.attributes.routes import AttributesDoor, AttributeServices
from sealyard.api.attributes.wire import TABLE
from sealyard.api.challenges import Challenges
from sealyard.api.error_lines import Line, line_for
from sealyard.api.origins import Origins
from sealyard.blobstore.filesystem import FilesystemBlobStore
from sealyard.db.base import to_column
from sealyard.db.blobs import blobs
from sealyard.db.manifests import ManifestRow, ManifestStore
from sealyard.db.repositories import RepositoryStore
from sealyard.db.tags import TagStore
from sealyard.db.trust_files import NewTrustFile, TrustFileStore
from sealyard.errors import SealyardError
from sealyard.oci.errors import InvalidDigestError
from sealyard.services.registry.attributes import Attributes
from sealyard.services.registry.deletion import Deletion
from sealyard.services.registry.limits import RegistryLimits
from sealyard.services.registry.locking import Locking
from sealyard.services.registry.platforms import ImagePlatforms
from sealyard.services.registry.tags import Tags
from sealyard.services.trust.roots import TrustRoots
from sealyard.trust.limits import TrustLimits
from trust_owner import KeyPair, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sealyard.db.database import Transaction

PASSWORD = "the password of alice"


def digest(letter: str) -> str:
    return f"sha256:{letter * 64}"


@dataclass
class Setup:
    directory: DirectorySetup
    store: FilesystemBlobStore
    trust_deleted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        database, clock = self.directory.database, self.directory.clock
        servers = ("localhost:5443",)

        def delete_trust(_transaction: Transaction, repository: str) -> None:
            self.trust_deleted.append(repository)

        services = AttributeServices(
            self.directory.authenticator,
            Attributes(database, ImagePlatforms(self.store)),
            Tags(database, RegistryLimits(), clock),
            Deletion(database, delete_trust, clock),
            Locking(database, clock),
            TrustRoots(database, TrustLimits()),
        )
        door = AttributesDoor(services, Challenges(servers, tls=True), Origins(servers))
        transport = InProcess(Starlette(routes=door.routes()))
        self.http = httpx.Client(base_url=SERVER, transport=transport, auth=(OWNER, OWNER_PASSWORD))

    def add(self, repository: str, letter: str, *tags: str) -> None:
        """Put a manifest with a blob of 1000 bytes there, one minute after the last one."""
        self.directory.clock.move(minutes=1)
        at = self.directory.clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            found = RepositoryStore(connection).ensure(repository, at).id
            layer = digest(letter)[:-1] + "0"
            connection.execute(
                insert(blobs).values(digest=layer, size=1000, created_at=to_column(at))
            )
            media_type = "application/vnd.oci.image.manifest.v1+json"
            row = ManifestRow(digest(letter), media_type, b"{}", at)
            ManifestStore(connection).add(found, row, [layer])
            TagStore(connection).point(found, tags, digest(letter), at)

        self.directory.database.write_now(work)

    def names(self, path: str, what: str, **params: str) -> list[str]:
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return [one.get("name", one["digest"]) for one in answer.json()[what]]


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    directory = DirectorySetup.started(tmp_path)
    store = FilesystemBlobStore(tmp_path)
    setup = Setup(directory, store)
    setup.add("team/app", "b", "v1", "latest")
    setup.add("team/app", "a", "v2", "latest")
    yield setup
    setup.http.close()
    store.close()
    directory.close()


def test_a_repository_is_counted(setup: Setup) -> None:
    shown = setup.http.get("/acr/v1/team/app").json()
    assert shown["registry"] == "localhost:5443"
    assert shown["imageName"] == "team/app"
    assert (shown["manifestCount"], shown["tagCount"]) == (2, 3)
    assert shown["createdTime"] == "2026-11-23T12:01:00.000000Z"
    assert shown["lastUpdateTime"] == "2026-11-23T12:02:00.000000Z"


def test_a_tag_is_shown_with_its_digest_and_times(setup: Setup) -> None:
    shown = setup.http.get("/acr/v1/team/app/_tags/latest").json()
    assert shown["imageName"] == "team/app"
    assert shown["tag"]["digest"] == digest("a")
    assert shown["tag"]["createdTime"] == "2026-11-23T12:01:00.000000Z"
    assert shown["tag"]["lastUpdateTime"] == "2026-11-23T12:02:00.000000Z"


def test_tags_are_listed_by_name_time_and_digest(setup: Setup) -> None:
    path = "/acr/v1/team/app/_tags"
    assert setup.names(path, "tags") == ["latest", "v1", "v2"]
    assert setup.names(path, "tags", orderby="timeasc") == ["v1", "latest", "v2"]
    assert setup.names(path, "tags", orderby="timedesc") == ["v2", "latest", "v1"]
    assert setup.names(path, "tags", digest=digest("a")) == ["latest", "v2"]


def test_manifests_are_listed_with_their_tags_and_sizes(setup: Setup) -> None:
    path = "/acr/v1/team/app/_manifests"
    assert setup.names(path, "manifests") == [digest("a"), digest("b")]
    assert setup.names(path, "manifests", orderby="timeasc") == [digest("b"), digest("a")]
    shown = setup.http.get(f"{path}/{digest('a')}").json()["manifest"]
    assert shown["tags"] == ["latest", "v2"]
    assert shown["imageSize"] == 1002
    assert shown["mediaType"] == "application/vnd.oci.image.manifest.v1+json"


@pytest.mark.parametrize("order", ["", "timeasc", "timedesc"])
@pytest.mark.parametrize(("what", "field"), [("tags", "name"), ("manifests", "digest")])
def test_pages_follow_each_other_without_gaps(
    setup: Setup, order: str, what: str, field: str
) -> None:
    for letter in "cdef":
        setup.add("team/app", letter, f"tag-{letter}")
    path = f"/acr/v1/team/app/_{what}"
    params = {"orderby": order} if order else {}
    everything = setup.names(path, what, **params)
    found: list[str] = []
    answer = setup.http.get(path, params={**params, "n": "2"})
    while True:
        found += [one[field] for one in answer.json()[what]]
        if "next" not in answer.links:
            break
        answer = setup.http.get(answer.links["next"]["url"])
    assert found == everything


@pytest.mark.parametrize("order", ["", "timeasc", "timedesc"])
def test_a_list_goes_on_though_its_last_entry_has_gone(setup: Setup, order: str) -> None:
    for letter in "cdef":
        setup.add("team/app", letter, f"tag-{letter}")
    path = "/acr/v1/team/app/_tags"
    params = {"orderby": order} if order else {}
    everything = setup.names(path, "tags", **params)
    answer = setup.http.get(path, params={**params, "n": "2"})
    setup.http.delete(f"{path}/{everything[1]}")
    following = setup.http.get(answer.links["next"]["url"]).json()["tags"]
    assert [one["name"] for one in following] == everything[2:4]


def sign(setup: Setup, gun: str, role: str, **targets: str) -> None:
    """Store a targets file that says which digest each tag stands for."""
    named = {
        tag: {
            "hashes": {"sha256": base64.b64encode(bytes.fromhex(letter * 64)).decode()},
            "length": 2,
        }
        for tag, letter in targets.items()
    }
    content = json.dumps({"signed": {"_type": "Targets", "targets": named}, "signatures": []})
    raw = content.encode()
    now = setup.directory.clock()

    def work(transaction: Transaction) -> None:
        store = TrustFileStore(transaction.connection)
        store.begin(gun, "team/app", renew_at=now, now=now)
        file = NewTrustFile(role, 1, hashlib.sha256(raw).hexdigest(), raw, len(named))
        store.add(gun, [file], now)

    setup.directory.database.write_now(work)


def signed(setup: Setup) -> list[str]:
    shown = setup.http.get("/acr/v1/team/app/_tags").json()["tags"]
    return [one["name"] for one in shown if one["signed"]]


def test_a_tag_is_signed_if_it_is_the_manifest_that_was_signed(setup: Setup) -> None:
    assert signed(setup) == []
    sign(setup, "localhost:5443/team/app", "targets", v1="b", v2="b", gone="a")
    assert signed(setup) == ["v1"]
    assert setup.http.get("/acr/v1/team/app/_tags/v1").json()["tag"]["signed"] is True
    assert setup.http.get("/acr/v1/team/app/_tags/v2").json()["tag"]["signed"] is False


def test_releases_are_asked_before_targets_as_docker_does(setup: Setup) -> None:
    sign(setup, "localhost:5443/team/app", "targets", v1="b", v2="a")
    sign(setup, "localhost:5443/team/app", "targets/releases", v1="a", latest="a")
    assert signed(setup) == ["latest", "v2"]
    sign(setup, "registry.example.com/team/app", "targets", v1="b")
    assert signed(setup) == ["latest", "v1", "v2"]


def test_the_root_keys_are_shown_to_be_compared(setup: Setup) -> None:
    path = "/acr/v1/team/app/_trust"
    head = {"registry": "localhost:5443", "imageName": "team/app"}
    assert setup.http.get(path).json() == {**head, "roots": []}
    owner = Owner(KeyPair.bare().public, KeyPair.bare().public)
    owner.change_root()
    store_root(setup, owner.gun, owner.root_file(), 2)
    (key,) = owner.root_pair.public.certificates()
    (shown,) = setup.http.get(path).json()["roots"]
    assert shown == {
        "gun": "localhost:5443/team/app",
        "rootVersion": 2,
        "rootExpires": "2036-11-20T12:00:00.000000Z",
        "rootKeys": [
            {
                "certificateId": owner.root_pair.id,
                "canonicalId": owner.root_pair.public.canonical_id,
                "certificateSha256": key.fingerprint(SHA256()).hex(),
                "certificateExpires": "2036-11-20T12:00:00.000000Z",
            }
        ],
    }


def store_root(setup: Setup, gun: str, raw: bytes, version: int) -> None:
    now = setup.directory.clock()

    def work(transaction: Transaction) -> None:
        store = TrustFileStore(transaction.connection)
        store.begin(gun, "team/app", renew_at=now, now=now)
        file = NewTrustFile("root", version, hashlib.sha256(raw).hexdigest(), raw)
        store.add(gun, [file], now)

    setup.directory.database.write_now(work)


def test_who_may_pull_may_compare_root_keys_and_nobody_else(setup: Setup) -> None:
    asyncio.run(_add_alice(setup.directory, "AcrPull", "team/app"))
    auth = ("alice@example.com", PASSWORD)
    assert setup.http.get("/acr/v1/team/app/_trust", auth=auth).status_code == 200
    assert setup.http.get("/acr/v1/team/other/_trust", auth=auth).status_code == 403
    answer = setup.http.get("/acr/v1/team/app/_trust", auth=lambda request: request)
    assert answer.status_code == 401
    assert 'scope="repository:team/app:pull"' in answer.headers["www-authenticate"]


def test_a_tag_is_taken_away_and_the_manifest_stays(setup: Setup) -> None:
    assert setup.http.delete("/acr/v1/team/app/_tags/v1").status_code == 202
    assert setup.names("/acr/v1/team/app/_tags", "tags") == ["latest", "v2"]
    assert len(setup.names("/acr/v1/team/app/_manifests", "manifests")) == 2


def test_deleting_a_repository_deletes_its_trust_data(setup: Setup) -> None:
    answer = setup.http.delete("/acr/v1/team/app")
    assert answer.status_code == 202
    assert answer.json() == {"manifestsDeleted": [], "tagsDeleted": []}
    assert setup.trust_deleted == ["team/app"]
    assert setup.http.get("/acr/v1/team/app").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("other", 404, "NAME_UNKNOWN"),
        ("other/_tags", 404, "NAME_UNKNOWN"),
        ("UPPER", 400, "NAME_INVALID"),
        ("team/app/_tags/none", 404, "MANIFEST_UNKNOWN"),
        ("team/app/_tags/-", 400, "NAME_INVALID"),
        (f"team/app/_manifests/{digest('c')}", 404, "MANIFEST_UNKNOWN"),
        ("team/app/_manifests/latest", 400, "NAME_INVALID"),
        ("team/app/_tags?n=0", 400, "UNSUPPORTED"),
        ("team/app/_tags?n=many", 400, "UNSUPPORTED"),
        ("team/app/_tags?orderby=size", 400, "UNSUPPORTED"),
        ("team/app/_tags?lastTime=now", 400, "UNSUPPORTED"),
        (f"team/app/_tags?lastTime={'9' * 19}", 400, "UNSUPPORTED"),
    ],
)
def test_what_is_not_there_or_cannot_be_is_told(
    setup: Setup, path: str, status: int, code: str
) -> None:
    answer = setup.http.get(f"/acr/v1/{path}")
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == code


async def _add_alice(directory: DirectorySetup, role: str, repository: str) -> None:
    await directory.users.create(directory.owner, "alice@example.com", password=PASSWORD)
    await directory.roles.create(
        directory.owner,
        assignee="alice",
        role=role,
        scope=AssignmentScope(repository),
    )


@pytest.mark.parametrize(
    ("role", "statuses"),
    [("AcrPull", (200, 403)), ("AcrDelete", (200, 202)), ("AcrImageSigner", (403, 403))],
)
def test_roles_decide_who_reads_and_who_deletes(
    setup: Setup, role: str, statuses: tuple[int, int]
) -> None:
    asyncio.run(_add_alice(setup.directory, role, "team/app"))
    auth = ("alice@example.com", PASSWORD)
    for path in ("", "/_tags", "/_tags/v1", "/_manifests", f"/_manifests/{digest('a')}"):
        shown = setup.http.get(f"/acr/v1/team/app{path}", auth=auth)
        assert shown.status_code == statuses[0], path
    assert setup.http.delete("/acr/v1/team/app", auth=auth).status_code == statuses[1]
    assert setup.http.get("/acr/v1/other", auth=auth).status_code == 403


@pytest.mark.parametrize("role", ["AcrPull", "AcrPush", "AcrDelete", "AcrImageSigner", "Reader"])
def test_only_who_may_change_attributes_locks(setup: Setup, role: str) -> None:
    asyncio.run(_add_alice(setup.directory, role, "team/app"))
    body, auth = {"writeEnabled": False}, ("alice@example.com", PASSWORD)
    assert setup.http.patch("/acr/v1/team/app", json=body, auth=auth).status_code == 403


def test_who_has_not_signed_in_learns_where_to(setup: Setup) -> None:
    for method, action in (("GET", "metadata_read"), ("DELETE", "delete")):
        answer = setup.http.request(method, "/acr/v1/team/app", auth=lambda request: request)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == (
            'Bearer realm="https://localhost:5443/oauth2/token",service="localhost:5443",'
            f'scope="repository:team/app:{action}"'
        )


def test_every_error_of_names_has_a_line() -> None:
    error: Any = InvalidDigestError.__new__(InvalidDigestError)
    assert line_for(TABLE, error) == Line(400, "NAME_INVALID")
    assert TABLE[SealyardError].status == 500
