"""What Sealyard signs, docker and notary believe, and the other way round, in one shared folder."""

from __future__ import annotations

import json
import re
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from real.content import OTHER, SMALL
from real.notary import Notary
from real.registry import OWNER_PASSWORD
from real.signing import inspected, listed, pulls, sealyard, signed_by

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.processes import Done
    from real.registry import Registry

pytestmark = pytest.mark.usefixtures("signers")
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def consumer(new_docker: Callable[[str], Docker], request: pytest.FixtureRequest) -> Docker:
    """Give somebody who has seen nothing yet."""
    docker = new_docker(re.sub(r"\W", "-", request.node.name))
    docker.login("admin", OWNER_PASSWORD).ok()
    return docker


def test_what_sealyard_signs_docker_pulls_and_signs_on(publisher: Docker, consumer: Docker) -> None:
    for tag, source in (("1", SMALL), ("2", OTHER), ("3", SMALL)):
        publisher.push(source, f"sign/app:{tag}").ok()
    publisher("image", "rm", publisher.name("sign/app:1")).ok()
    sealyard(publisher, "trust", "sign", publisher.name("sign/app:1")).ok()
    pulls(consumer, "sign/app:1").ok()
    pulls(consumer, "sign/app:2").refused("No valid trust data for 2")
    publisher.sign(OTHER, "sign/app:2").ok()
    sealyard(publisher, "trust", "sign", publisher.name("sign/app:3")).ok()
    for tag in "123":
        pulls(consumer, f"sign/app:{tag}").ok()
    assert signed_by(consumer, "sign/app") == {tag: ["Repo Admin"] for tag in "123"}


def test_sealyard_signs_on_where_docker_began(publisher: Docker, consumer: Docker) -> None:
    publisher.sign(SMALL, "sign/begun:1").ok()
    publisher.push(OTHER, "sign/begun:2").ok()
    sealyard(publisher, "trust", "sign", publisher.name("sign/begun:2")).ok()
    for tag in "12":
        pulls(consumer, f"sign/begun:{tag}").ok()


def test_signing_prints_what_docker_prints(publisher: Docker) -> None:
    ours, theirs = publisher.name("sign/ours"), publisher.name("sign/theirs")
    for name in (ours, theirs):
        publisher("tag", SMALL, f"{name}:1").ok()
        publisher("push", f"{name}:1").ok()
        publisher("tag", OTHER, f"{name}:2").ok()
        publisher("push", f"{name}:2").ok()

    def both(*arguments: str) -> tuple[Done, Done]:
        said = [
            tool("trust", *(argument.format(name) for argument in arguments)).ok()
            for tool, name in (
                (publisher.trusted, theirs),
                (lambda *words: sealyard(publisher, *words), ours),
            )
        ]
        return said[0], said[1]

    publisher.trusted("push", f"{theirs}:1").ok()
    sealyard(publisher, "trust", "sign", f"{ours}:1").ok()
    for arguments in (
        ("sign", "{}:2"),
        ("sign", "{}:1"),
        ("revoke", "{}:1"),
        ("revoke", "--yes", "{}"),
    ):
        docker, mine = both(*arguments)
        last = docker.out.replace(theirs, ours).splitlines()[-1]
        assert mine.out.splitlines()[-1] == last, arguments
    for arguments, tool in ((("revoke", "{}:9"), "no"), (("sign", "{}"), "tag")):
        words = [argument.format(theirs) for argument in arguments]
        docker = publisher.trusted("trust", *words)
        mine = sealyard(publisher, "trust", *(word.replace(theirs, ours) for word in words))
        assert mine.code == docker.code == 1, tool
        assert docker.err.strip().replace(theirs, ours) in mine.err


def test_an_index_is_signed_where_it_is(
    publisher: Docker, consumer: Docker, registry: Registry
) -> None:
    """Docker's own commands cannot: they sign only images that are on the machine."""
    publisher.push(SMALL, "sign/index:amd64").ok()
    base = f"{registry.url}/v2/sign/index/manifests/"
    context = ssl.create_default_context(cafile=registry.ca)
    with httpx.Client(verify=context, auth=("admin", OWNER_PASSWORD)) as http:
        found = http.get(f"{base}amd64", headers={"Accept": MANIFEST}).raise_for_status()
        platform = {"architecture": "amd64", "os": "linux"}
        entry = {
            "mediaType": MANIFEST,
            "digest": found.headers["docker-content-digest"],
            "size": len(found.content),
            "platform": platform,
        }
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
        http.put(
            f"{base}1", content=json.dumps(index), headers={"Content-Type": INDEX}
        ).raise_for_status()
    sealyard(publisher, "trust", "sign", publisher.name("sign/index:1")).ok()
    pulls(consumer, "sign/index:1").ok()


def test_signers_are_shared_with_docker(
    publisher: Docker, consumer: Docker, new_docker: Callable[[str], Docker], tmp_path: Path
) -> None:
    name = publisher.name("sign/team")
    publisher.push(SMALL, "sign/team:1").ok()
    sealyard(publisher, "trust", "sign", f"{name}:1").ok()
    people = {}
    for person in ("alice", "bob"):
        people[person] = new_docker(f"sign-{person}")
        people[person].login("admin", OWNER_PASSWORD).ok()
        generate = ("trust", "key", "generate", person, "--dir", str(tmp_path))
        (
            people[person].trusted(*generate)
            if person == "alice"
            else sealyard(people[person], *generate)
        ).ok()
        key = ("--key", str(tmp_path / f"{person}.pub"))
        sealyard(publisher, "trust", "signer", "add", *key, person, name).ok()
    people["alice"].sign(OTHER, "sign/team:2").ok()
    publisher.push(SMALL, "sign/team:3").ok()
    sealyard(people["bob"], "trust", "sign", f"{name}:3").ok()
    assert signed_by(consumer, "sign/team") == {"1": ["Repo Admin"], "2": ["alice"], "3": ["bob"]}
    ran = sealyard(publisher, "trust", "signer", "remove", "alice", name).ok()
    assert f"Successfully removed alice from {name}" in ran.out
    assert "Nobody but alice has signed: 2" in ran.err
    assert [one["Name"] for one in inspected(consumer, "sign/team")["Signers"]] == ["bob"]
    people["alice"].sign(SMALL, "sign/team:4").refused("failed to sign")
    for tag in "123":
        pulls(consumer, f"sign/team:{tag}").ok()


def test_a_signer_who_leaves_alone_is_removed_where_docker_does_nothing(
    publisher: Docker, tmp_path: Path
) -> None:
    name = publisher.name("sign/leaving")
    publisher.sign(SMALL, "sign/leaving:1").ok()
    for person in ("carol", "dave"):
        publisher.trusted("trust", "key", "generate", person, "--dir", str(tmp_path)).ok()
        key = ("--key", str(tmp_path / f"{person}.pub"))
        publisher.trusted("trust", "signer", "add", *key, person, name).ok()
    publisher.sign(OTHER, "sign/leaving:2").ok()
    publisher.trusted("trust", "signer", "remove", "--force", "carol", name).ok()
    names = {one["Name"] for one in inspected(publisher, "sign/leaving")["Signers"]}
    assert names == {"carol", "dave"}, "docker does nothing and says so to nobody"
    sealyard(publisher, "trust", "signer", "remove", "carol", name).ok()
    assert [one["Name"] for one in inspected(publisher, "sign/leaving")["Signers"]] == ["dave"]
    pulls(publisher, "sign/leaving:2").ok()


def test_a_signer_gets_another_key_in_one_step(
    publisher: Docker, consumer: Docker, tmp_path: Path
) -> None:
    name = publisher.name("sign/newkey")
    for attempt in ("old", "new"):
        (tmp_path / attempt).mkdir()
        generate = ("trust", "key", "generate", "erin", "--dir", str(tmp_path / attempt))
        sealyard(publisher, *generate).ok()
    keys = [("--key", str(tmp_path / attempt / "erin.pub")) for attempt in ("old", "new")]
    sealyard(publisher, "trust", "signer", "add", *keys[0], "erin", name).ok()
    publisher.sign(SMALL, "sign/newkey:1").ok()
    before = inspected(consumer, "sign/newkey")["Signers"][0]["Keys"]
    sealyard(publisher, "trust", "signer", "rotate", *keys[1], "erin", name).ok()
    after = inspected(consumer, "sign/newkey")["Signers"][0]["Keys"]
    assert len(after) == 1
    assert before != after
    pulls(consumer, "sign/newkey:1").ok()
    publisher.sign(OTHER, "sign/newkey:2").ok()


def test_a_tag_is_revoked_also_from_where_docker_leaves_it(
    publisher: Docker, consumer: Docker, tmp_path: Path
) -> None:
    """Signed as the administrator, then as a signer: docker revokes the second only."""
    for repository in ("sign/theirs-left", "sign/ours-gone"):
        publisher.sign(SMALL, f"{repository}:1").ok()
        person = repository.rpartition("/")[2]
        publisher.trusted("trust", "key", "generate", person, "--dir", str(tmp_path)).ok()
        key = ("--key", str(tmp_path / f"{person}.pub"))
        publisher.trusted("trust", "signer", "add", *key, person, publisher.name(repository)).ok()
        publisher.sign(SMALL, f"{repository}:1").ok()
    publisher.trusted("trust", "revoke", "--yes", publisher.name("sign/theirs-left:1")).ok()
    pulls(consumer, "sign/theirs-left:1").ok()
    name = publisher.name("sign/ours-gone:1")
    sealyard(publisher, "trust", "revoke", name).ok()
    pulls(consumer, "sign/ours-gone:1").refused("No valid trust data for 1")


def test_a_revocation_that_is_not_complete_ends_with_1(
    publisher: Docker, new_docker: Callable[[str], Docker], tmp_path: Path
) -> None:
    publisher.push(SMALL, "sign/partly:1").ok()
    name = publisher.name("sign/partly")
    sealyard(publisher, "trust", "sign", f"{name}:1").ok()
    frank = new_docker("sign-frank")
    frank.login("admin", OWNER_PASSWORD).ok()
    sealyard(frank, "trust", "key", "generate", "frank", "--dir", str(tmp_path)).ok()
    key = ("--key", str(tmp_path / "frank.pub"))
    sealyard(publisher, "trust", "signer", "add", *key, "frank", name).ok()
    sealyard(frank, "trust", "sign", f"{name}:1").ok()
    sealyard(frank, "trust", "revoke", f"{name}:1").refused("still signed in targets")


def test_three_roots_and_every_other_key_later_docker_and_notary_follow(
    publisher: Docker,
    consumer: Docker,
    registry: Registry,
    new_docker: Callable[[str], Docker],
    tmp_path: Path,
) -> None:
    name = publisher.name("sign/rotated")
    publisher.push(SMALL, "sign/rotated:1").ok()
    sealyard(publisher, "trust", "sign", f"{name}:1").ok()
    pulls(consumer, "sign/rotated:1").ok()
    notary = Notary(registry, tmp_path / "notary").login("admin", OWNER_PASSWORD)
    assert listed(notary, name) == ["1"]
    for _ in range(2):
        sealyard(publisher, "trust", "key", "rotate", name, "root").ok()
    # The same key in a new certificate, as a root that is about to expire gets it.
    checked = sealyard(publisher, "trust", "key", "check", name).ok().out
    (known,) = re.findall(r"^  root +([0-9a-f]{7,}) +yes", checked, re.MULTILINE)
    sealyard(publisher, "trust", "key", "rotate", name, "root", "--key", known).ok()
    for role in ("repository", "snapshot", "timestamp"):
        ran = sealyard(publisher, "trust", "key", "rotate", name, role).ok()
        assert ran.out == f"Successfully rotated {role} key for repository {name}\n"
    fresh = new_docker("sign-rotated-fresh")
    fresh.login("admin", OWNER_PASSWORD).ok()
    for docker in (consumer, fresh):
        pulls(docker, "sign/rotated:1").ok()
    assert listed(notary, name) == ["1"]
    publisher.sign(OTHER, "sign/rotated:2").ok()
    pulls(consumer, "sign/rotated:2").ok()
    sealyard(publisher, "trust", "key", "rotate", name, "root", "--server-managed").refused(
        "snapshot and timestamp", code=2
    )


def test_what_docker_staged_is_told_and_left(publisher: Docker) -> None:
    publisher.sign(SMALL, "sign/staged:1").ok()
    publisher("tag", OTHER, publisher.name("sign/staged:2")).ok()
    publisher.trusted(
        "push",
        publisher.name("sign/staged:2"),
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="a wrong passphrase",
    ).refused("failed to sign")
    folder = publisher.trust_folder / "tuf" / publisher.name("sign/staged") / "changelist"
    left = sorted(folder.iterdir())
    assert left
    publisher.push(SMALL, "sign/staged:3").ok()
    ran = sealyard(publisher, "trust", "sign", publisher.name("sign/staged:3")).ok()
    assert "were left by docker" in ran.err
    assert sorted(folder.iterdir()) == left
    assert set(signed_by(publisher, "sign/staged")) == {"1", "3"}


def test_a_wrong_passphrase_is_called_so(publisher: Docker) -> None:
    publisher.sign(SMALL, "sign/wrong:1").ok()
    publisher.push(SMALL, "sign/wrong:2").ok()
    name = publisher.name("sign/wrong:2")
    wrong = {"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "a wrong passphrase"}
    ran = sealyard(publisher, "trust", "sign", name, **wrong)
    ran.refused(f"failed to sign {name}: the passphrase for the repository key", "is wrong")


def test_sealyard_writes_what_docker_would_write(publisher: Docker) -> None:
    """But for times, ids and signatures the files are the same."""
    publisher.sign(SMALL, "sign/docker-wrote:1").ok()
    publisher.push(SMALL, "sign/we-wrote:1").ok()
    sealyard(publisher, "trust", "sign", publisher.name("sign/we-wrote:1")).ok()
    for role in ("root", "targets"):
        texts = []
        for repository in ("sign/docker-wrote", "sign/we-wrote"):
            publisher.trusted("trust", "inspect", publisher.name(repository)).ok()
            folder = publisher.trust_folder / "tuf" / publisher.name(repository) / "metadata"
            texts.append(_shape((folder / f"{role}.json").read_text()))
        assert texts[0] == texts[1]


def _shape(text: str) -> str:
    """Replace what differs from one signing to the next by its kind."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[^\"]+", "TIME", text)
    text = re.sub(r"[0-9a-f]{64}", "ID", text)
    text = re.sub(r'"version":\d+', '"version":N', text)  # docker's first targets are the second
    keys = re.findall(
        r'"ID":\{"keytype":"([^"]+)","keyval":\{"private":null,"public":"[^"]+"\}\}', text
    )
    text = re.sub(r'"keys":\{.*?\}\}\}', f'"keys":{sorted(keys)}', text, count=1)
    return re.sub(r'"sig":"[A-Za-z0-9+/]{86}=="', '"sig":SIG', text)
