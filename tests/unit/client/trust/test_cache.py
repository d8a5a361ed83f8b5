from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.client.trust import changelist
from sealyard.client.trust.cache import TrustCache, guns
from sealyard.client.trust.key_errors import InvalidCacheNameError

GUN = "localhost:5443/team/app"
CHANGE = (
    b'{"action":"create","role":"targets","type":"target","path":"r2",'
    b'"data":"eyJsZW5ndGgiOjUyM30="}'
)


def test_what_is_kept_lies_where_docker_looks_for_it(tmp_path: Path) -> None:
    cache = TrustCache(tmp_path, GUN)
    assert cache.read("root") is None
    for role in ("root", "targets", "targets/releases", "targets/a/b"):
        cache.write(role, role.encode())
        path = tmp_path / "tuf" / GUN / "metadata" / f"{role}.json"
        assert path.read_bytes() == cache.read(role) == role.encode()
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "tuf" / GUN).stat().st_mode & 0o777 == 0o700


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    cache = TrustCache(tmp_path, GUN)
    cache.write("root", b"old")
    held = (cache.folder / "metadata" / "root.json").open("rb")
    cache.write("root", b"new")
    with held:
        assert held.read() == b"old", "who is reading the old file goes on reading it"
    assert cache.read("root") == b"new"
    assert [path.name for path in (cache.folder / "metadata").iterdir()] == ["root.json"]


def test_a_file_too_large_to_be_trust_data_counts_as_missing(tmp_path: Path) -> None:
    cache = TrustCache(tmp_path, GUN, limit=10)
    cache.write("root", b"x" * 10)
    assert cache.read("root") == b"x" * 10
    cache.write("root", b"x" * 11)
    assert cache.read("root") is None


@pytest.mark.parametrize(
    "name", ["", "/etc", "..", "a/../../b", "a//b", "./a", "a/.", "a\0b", "a/"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidCacheNameError):
        TrustCache(tmp_path, name)
    with pytest.raises(InvalidCacheNameError):
        TrustCache(tmp_path, GUN).read(name)


@given(st.text(st.sampled_from("ab./:\0"), max_size=12))
def test_every_name_stays_below_or_is_refused(name: str) -> None:
    base = Path("/base/tuf")
    try:
        folder = TrustCache(Path("/base"), name).folder
    except InvalidCacheNameError:
        return
    assert base in Path(*folder.parts).resolve().parents


def test_forgetting_a_repository_leaves_those_below_it(tmp_path: Path) -> None:
    cache, below = TrustCache(tmp_path, GUN), TrustCache(tmp_path, f"{GUN}/below")
    for one in (cache, below):
        one.write("root", b"root")
    staged_change(tmp_path, "00000000000000000001_a.change")
    cache.clear()
    assert cache.read("root") is None
    assert changelist.staged(tmp_path, GUN) == []
    assert below.read("root") == b"root"
    cache.clear()


def test_one_role_is_forgotten(tmp_path: Path) -> None:
    cache = TrustCache(tmp_path, GUN)
    cache.write("targets/alice", b"x")
    cache.forget("targets/alice")
    cache.forget("targets/alice")
    assert cache.read("targets/alice") is None


def test_repositories_are_found_at_any_depth(tmp_path: Path) -> None:
    names = ["localhost:5443/a", "localhost:5443/a/b", "docker.io/library/alpine", "h/metadata"]
    for name in names:
        TrustCache(tmp_path, name).write("root", b"root")
    TrustCache(tmp_path, "h/without/root").write("targets", b"targets")
    (tmp_path / "tuf" / "loop").symlink_to(tmp_path / "tuf")
    assert guns(tmp_path) == sorted(names)
    assert guns(tmp_path / "nowhere") == []


def staged_change(folder: Path, name: str, raw: bytes = CHANGE) -> Path:
    file = folder / "tuf" / GUN / "changelist" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(raw)
    return file


def test_what_docker_staged_is_shown_oldest_first(tmp_path: Path) -> None:
    second = staged_change(tmp_path, "01795404515829364530_c9.change")
    first = staged_change(tmp_path, "01795404515829364529_d9.change", CHANGE.replace(b"r2", b"r1"))
    staged_change(tmp_path, "notes.txt")
    changes = changelist.staged(tmp_path, GUN)
    assert [(one.action, one.role, one.kind, one.name) for one in changes] == [
        ("create", "targets", "target", "r1"),
        ("create", "targets", "target", "r2"),
    ]
    assert [one.file for one in changes] == [first, second]


def test_a_staged_file_that_is_no_change_is_shown_as_such(tmp_path: Path) -> None:
    staged_change(tmp_path, "1.change", b"{}")
    staged_change(tmp_path, "2.change", b"x" * 2_000_000)
    assert [one.action for one in changelist.staged(tmp_path, GUN)] == ["unreadable"] * 2


def test_what_is_staged_can_be_dropped(tmp_path: Path) -> None:
    staged_change(tmp_path, "1.change")
    TrustCache(tmp_path, GUN).write("root", b"root")
    changelist.clear(tmp_path, GUN)
    changelist.clear(tmp_path, GUN)
    assert changelist.staged(tmp_path, GUN) == []
    assert TrustCache(tmp_path, GUN).read("root") == b"root"


def test_what_is_there_is_listed_by_role(tmp_path: Path) -> None:
    cache = TrustCache(tmp_path, "localhost:5443/team/app")
    assert cache.roles() == []
    for role in ("targets/alice/night", "root", "targets"):
        cache.write(role, b"{}")
    assert cache.roles() == ["root", "targets", "targets/alice/night"]
