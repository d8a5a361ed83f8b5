from __future__ import annotations

import pytest

from sealyard.oci import platforms
from sealyard.oci.platforms import IndexedManifest, Platform


def test_a_config_says_for_which_platform_an_image_is() -> None:
    config = b'{"architecture":"arm","os":"linux","variant":"v7","rootfs":{}}'
    assert platforms.of_config(config) == Platform("arm", "linux", "v7")
    assert platforms.of_config(b'{"os":"windows"}') == Platform("", "windows")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'{"architecture":1}', b"[" * 5000, b'{"os":null}']
)
def test_what_cannot_be_read_says_nothing(content: bytes) -> None:
    assert platforms.of_config(content) == Platform()
    assert platforms.of_index(content) == ()
    assert platforms.config_digest(content) == ""


def test_no_name_is_longer_than_a_column_shows() -> None:
    assert len(platforms.of_config(b'{"architecture":"%b"}' % (b"a" * 1000)).architecture) == 64


def test_an_index_says_it_of_each_manifest_and_a_manifest_names_its_config() -> None:
    index = b'{"manifests":[{"digest":"sha256:a","platform":{"os":"linux"}},{"digest":"sha256:b"}]}'
    assert platforms.of_index(index) == (
        IndexedManifest("sha256:a", Platform(os="linux")),
        IndexedManifest("sha256:b", Platform()),
    )
    assert platforms.config_digest(b'{"config":{"digest":"sha256:c"}}') == "sha256:c"
