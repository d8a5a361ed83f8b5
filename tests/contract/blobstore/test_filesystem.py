"""What the files look like: the layout that operators and backups rely on."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from sealyard.blobstore.filesystem import FilesystemBlobStore
from sealyard.blobstore.upload_file import UploadFile
from sealyard.errors import UnavailableError, UploadUnknownError
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> Iterator[FilesystemBlobStore]:
    opened = FilesystemBlobStore(tmp_path)
    yield opened
    opened.close()


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def test_a_blob_is_a_file_named_by_its_digest(files: FilesystemBlobStore, tmp_path: Path) -> None:
    async def story() -> None:
        upload = str(uuid4())
        await files.begin(upload)
        assert (tmp_path / "uploads" / upload).stat().st_mode & 0o777 == 0o600
        progress = await files.append(upload, once(b"content"))
        await files.commit(upload, Digest.of(b"content"), progress)

    asyncio.run(story())
    name = Digest.of(b"content").hex
    assert (tmp_path / "blobs" / "sha256" / name[:2] / name).read_bytes() == b"content"
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_full_disk_is_told_and_undone(
    files: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        upload = str(uuid4())
        await files.begin(upload)
        known = await files.append(upload, once(b"before"))

        def full(*_arguments: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched:
            patched.setattr("sealyard.blobstore.upload_file.os.write", full)
            with pytest.raises(UnavailableError, match="No space left"):
                await files.append(upload, once(b"x" * 2_000_000))
        assert await files.offset(upload) == 6
        assert await files.commit(upload, Digest.of(b"before"), known) == 6

    asyncio.run(story())


def test_a_file_that_became_a_blob_while_we_waited_for_it_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, blob = tmp_path / "upload", tmp_path / "blob"
    upload.write_bytes(b"content")

    def finished_by_another(_descriptor: int, _operation: int) -> None:
        upload.rename(blob)
        upload.write_bytes(b"a new one of the same name")

    monkeypatch.setattr("sealyard.blobstore.upload_file.fcntl.flock", finished_by_another)
    with pytest.raises(UploadUnknownError):
        UploadFile.open(upload)
