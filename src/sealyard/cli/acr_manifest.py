"""``sealyard acr manifest``: manifests, what is known of them, and what refers to them."""

from __future__ import annotations

import sys
from typing import Annotated, NamedTuple

import typer

from sealyard.cli.acr_attributes import (
    DeleteEnabled,
    ListEnabled,
    ReadEnabled,
    WriteEnabled,
    wanted,
)
from sealyard.cli.acr_repository import OrderBy, Top, list_options, opened
from sealyard.cli.commands import Yes, command, group
from sealyard.cli.terminal import Terminal
from sealyard.client.management.manifests import Manifests
from sealyard.client.management.repositories import Entry, Image
from sealyard.client.printable import printable_lines

manifests = group("See, lock and delete manifests.")

_DOCUMENTS = {
    "MediaType": "mediaType",
    "ArtifactType": "artifactType",
    "SubjectDigest": "subject.digest",
}
_REFERRERS = {
    "Digest": "digest",
    "ArtifactType": "artifactType",
    "MediaType": "mediaType",
    "Size": "size",
}
_METADATA = {
    "Digest": "digest",
    "Tags": "tags && join(', ', tags)",
    "Architecture": "architecture",
    "Os": "os",
    "ImageSize": "imageSize",
    "LastUpdateTime": "lastUpdateTime",
}

Registry = Annotated[
    str, typer.Option("--registry", "-r", help="The registry's name, or its login server.")
]
RepositoryName = Annotated[str, typer.Option("--name", "-n", help="The repository.")]
ManifestName = Annotated[
    str, typer.Option("--name", "-n", help="repository:tag, or repository@digest.")
]
WholeName = Annotated[
    str,
    typer.Argument(
        metavar="[LOGIN_SERVER/NAME]", help="Instead of -r and -n: both in one.", show_default=False
    ),
]


class _Place(NamedTuple):
    registry: str
    name: str


@command(manifests, "list", _DOCUMENTS)
def list_all(
    terminal: Terminal,
    whole: WholeName = "",
    registry: Registry = "",
    name: RepositoryName = "",
    top: Top = 0,
    orderby: OrderBy = None,
) -> list[Entry]:
    """List the manifests of a repository themselves."""
    place = _place(whole, registry, name)
    with opened(terminal, place.registry) as found:
        return Manifests(found).documents(place.name, list_options(top, orderby))


@command(manifests, "list-metadata", _METADATA)
def list_metadata(
    terminal: Terminal,
    whole: WholeName = "",
    registry: Registry = "",
    name: RepositoryName = "",
    top: Top = 0,
    orderby: OrderBy = None,
) -> list[Entry]:
    """List what is known of the manifests of a repository."""
    place = _place(whole, registry, name)
    with opened(terminal, place.registry) as found:
        return found.manifests(place.name, list_options(top, orderby))


@command(manifests, "show")
def show(
    terminal: Terminal,
    whole: WholeName = "",
    registry: Registry = "",
    name: ManifestName = "",
    raw: Annotated[bool, typer.Option("--raw", help="Byte for byte, as it is hashed.")] = False,
) -> Entry | None:
    """Show a manifest."""
    place = _place(whole, registry, name)
    image = Image.parse(place.name)
    with opened(terminal, place.registry) as found:
        if not raw:
            return Manifests(found).document(image)
        text = Manifests(found).raw(image).decode("utf-8", "replace")
        print(printable_lines(text) if sys.stdout.isatty() else text, end="")
        return None


@command(manifests, "show-metadata")
def show_metadata(
    terminal: Terminal, whole: WholeName = "", registry: Registry = "", name: ManifestName = ""
) -> Entry:
    """Show what is known of a tag or a manifest."""
    place = _place(whole, registry, name)
    with opened(terminal, place.registry) as found:
        return found.image(Image.parse(place.name))


@command(manifests, "update-metadata")
def update_metadata(
    terminal: Terminal,
    whole: WholeName = "",
    registry: Registry = "",
    name: ManifestName = "",
    delete_enabled: DeleteEnabled = None,
    write_enabled: WriteEnabled = None,
    read_enabled: ReadEnabled = None,
    list_enabled: ListEnabled = None,
) -> Entry:
    """Lock a tag or a manifest, or lift a lock."""
    place = _place(whole, registry, name)
    attributes = wanted(delete_enabled, write_enabled, read_enabled, list_enabled)
    with opened(terminal, place.registry) as found:
        return found.update(Image.parse(place.name), attributes)


@command(manifests, "delete")
def delete(
    terminal: Terminal,
    whole: WholeName = "",
    registry: Registry = "",
    name: ManifestName = "",
    yes: Yes = False,
) -> None:
    """Delete a manifest with every tag that points to it."""
    place = _place(whole, registry, name)
    image = Image.parse(place.name)
    with opened(terminal, place.registry) as found:
        digest = image.digest or found.image(image)["digest"]
        terminal.confirm(
            f"This deletes the manifest {digest} of {image.repository} and every tag of it.",
            yes=yes,
        )
        found.delete_manifest(image.repository, digest)


@command(manifests, "list-referrers", _REFERRERS)
def list_referrers(
    terminal: Terminal,
    whole: WholeName = "",
    registry: Registry = "",
    name: ManifestName = "",
    artifact_type: Annotated[
        str, typer.Option("--artifact-type", help="Only those of this type.")
    ] = "",
    recursive: Annotated[
        bool, typer.Option("--recursive", help="With what refers to those in turn.")
    ] = False,
) -> Entry:
    """List what names a manifest as its subject: signatures, bills of materials."""
    place = _place(whole, registry, name)
    with opened(terminal, place.registry) as found:
        listed = Manifests(found).referrers(
            Image.parse(place.name), artifact_type, recursive=recursive
        )
    return {"manifests": listed}


@command(manifests, "list-deleted")
def list_deleted(
    terminal: Terminal, whole: WholeName = "", registry: Registry = "", name: RepositoryName = ""
) -> list[Entry]:
    """Learn that no manifest which was deleted is kept."""
    return _deleted(terminal, _place(whole, registry, name), "_manifests")


@command(manifests, "list-deleted-tags")
def list_deleted_tags(
    terminal: Terminal, whole: WholeName = "", registry: Registry = "", name: ManifestName = ""
) -> list[Entry]:
    """Learn that no tag which was deleted is kept."""
    return _deleted(terminal, _place(whole, registry, name), "_tags")


@command(manifests, "restore")
def restore(
    terminal: Terminal,
    whole: WholeName = "",
    registry: Registry = "",
    name: ManifestName = "",
    digest: Annotated[str, typer.Option("--digest", "-d", help="The manifest's digest.")] = "",
    force: Annotated[bool, typer.Option("--force", "-f", help="Over a tag that is there.")] = False,
    yes: Yes = False,
) -> list[Entry]:
    """Learn that nothing which was deleted can be restored."""
    del digest, force, yes  # taken for az's sake
    return _deleted(terminal, _place(whole, registry, name), "_manifests")


def _deleted(terminal: Terminal, place: _Place, what: str) -> list[Entry]:
    image = Image.parse(place.name)
    with opened(terminal, place.registry) as found:
        return found.deleted(f"{image.repository}/{what}")


def _place(whole: str, registry: str, name: str) -> _Place:
    host, slash, rest = whole.removeprefix("https://").partition("/")
    if whole and (registry or name or not slash or not rest):
        message = "give either LOGIN_SERVER/NAME or -r with -n"
        raise typer.BadParameter(message)
    if not whole and not (registry and name):
        message = "give the registry with -r and what is meant with -n"
        raise typer.BadParameter(message)
    return _Place(host, rest) if whole else _Place(registry, name)
