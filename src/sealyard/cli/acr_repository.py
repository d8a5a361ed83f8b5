"""``sealyard acr repository``: what images there are, and deleting them."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.cli.acr_attributes import (
    DeleteEnabled,
    ListEnabled,
    ReadEnabled,
    WriteEnabled,
    wanted,
)
from sealyard.cli.commands import Yes, command, group
from sealyard.cli.options import RegistryName
from sealyard.cli.terminal import Terminal
from sealyard.client.management.registry import Registries
from sealyard.client.management.repositories import Entry, Image, ListOptions, Repositories

if TYPE_CHECKING:
    from collections.abc import Iterator

repositories = group("See, lock and delete images.")

_TAGS = {
    "Name": "name",
    "Digest": "digest",
    "Signed": "signed",
    "LastUpdateTime": "lastUpdateTime",
}
_MANIFESTS = {
    "Digest": "digest",
    "Tags": "join(', ', tags)",
    "Timestamp": "timestamp",
    "ImageSize": "imageSize",
    "Architecture": "architecture",
    "Os": "os",
    "MediaType": "mediaType",
    "LastUpdateTime": "lastUpdateTime",
}
_ROOTS = {
    "Name": "gun",
    "RootVersion": "rootVersion",
    "RootExpires": "rootExpires",
    "RootKeys": "join(', ', rootKeys[].canonicalId)",
    "CertificateIds": "join(', ', rootKeys[].certificateId)",
    "Sha256": "join(', ', rootKeys[?certificateSha256].certificateSha256)",
}


class Order(StrEnum):
    """How tags and manifests are sorted."""

    TIME_ASC = "time_asc"
    TIME_DESC = "time_desc"


Repository = Annotated[str, typer.Option("--repository", help="The repository.")]
ImageName = Annotated[
    str, typer.Option("--image", "-t", help="repository:tag, or repository@digest.")
]
Top = Annotated[int, typer.Option("--top", min=0, help="How many at most; 0: all.")]
OrderBy = Annotated[Order | None, typer.Option("--orderby", help="By time instead of by name.")]


@command(repositories, "list")
def list_all(terminal: Terminal, name: RegistryName, top: Top = 0) -> list[str]:
    """List the repositories that you may pull from."""
    with opened(terminal, name) as found:
        return found.names(top)


@command(repositories, "show")
def show(
    terminal: Terminal, name: RegistryName, repository: Repository = "", image: ImageName = ""
) -> Entry:
    """Show a repository, or an image of it."""
    _one_of(repository, image)
    with opened(terminal, name) as found:
        return found.show(repository) if repository else found.image(Image.parse(image))


@command(repositories, "show-tags", _TAGS)
def show_tags(
    terminal: Terminal,
    name: RegistryName,
    repository: Repository,
    detail: Annotated[bool, typer.Option("--detail", help="Everything, not names only.")] = False,
    top: Top = 0,
    orderby: OrderBy = None,
) -> list[Any]:
    """List the tags of a repository."""
    with opened(terminal, name) as found:
        tags = found.tags(repository, list_options(top, orderby))
    return tags if detail else [one["name"] for one in tags]


@command(repositories, "show-manifests", _MANIFESTS)
def show_manifests(
    terminal: Terminal,
    name: RegistryName,
    repository: Repository,
    detail: Annotated[bool, typer.Option("--detail", help="Everything, not three fields.")] = False,
    top: Top = 0,
    orderby: OrderBy = None,
) -> list[Entry]:
    """List the manifests of a repository, with the tags that point to each."""
    with opened(terminal, name) as found:
        listed = found.manifests(repository, list_options(top, orderby))
    if detail:
        return listed
    return [
        {"digest": one["digest"], "tags": one["tags"], "timestamp": one["lastUpdateTime"]}
        for one in listed
    ]


@command(repositories, "list-deleted")
def list_deleted(terminal: Terminal, name: RegistryName) -> list[Entry]:
    """Learn that nothing which was deleted is kept."""
    with opened(terminal, name) as found:
        return found.deleted("_catalog")


@command(repositories, "show-trust", _ROOTS)
def show_trust(terminal: Terminal, name: RegistryName, repository: Repository) -> list[Entry]:
    """Show the root keys of a repository's trust data, to compare them with others."""
    with opened(terminal, name) as found:
        return found.trust(repository)


@command(repositories, "update")
def update(
    terminal: Terminal,
    name: RegistryName,
    repository: Repository = "",
    image: ImageName = "",
    delete_enabled: DeleteEnabled = None,
    write_enabled: WriteEnabled = None,
    read_enabled: ReadEnabled = None,
    list_enabled: ListEnabled = None,
) -> Entry:
    """Lock a repository, a tag or a manifest, or lift a lock.

    A repository's locks hold for everything in it. What is locked stays so for everybody, whatever
    roles they hold, until somebody who may change the attributes lifts the lock.
    """
    _one_of(repository, image)
    attributes = wanted(delete_enabled, write_enabled, read_enabled, list_enabled)
    with opened(terminal, name) as found:
        return found.update(repository or Image.parse(image), attributes)


@command(repositories, "untag")
def untag(terminal: Terminal, name: RegistryName, image: ImageName) -> None:
    """Delete a tag; the manifest that it points to stays."""
    parsed = Image.parse(image)
    if parsed.digest:
        message = f"{image} names a manifest and not a tag"
        raise typer.BadParameter(message)
    with opened(terminal, name) as found:
        found.untag(parsed)


@command(repositories, "delete")
def delete(
    terminal: Terminal,
    name: RegistryName,
    repository: Repository = "",
    image: ImageName = "",
    yes: Yes = False,
) -> None:
    """Delete a repository with its trust data, or a manifest with every tag that points to it."""
    _one_of(repository, image)
    with opened(terminal, name) as found:
        if repository:
            shown = found.show(repository)
            terminal.confirm(
                f"This deletes the repository {repository} with its {shown['manifestCount']} "
                f"manifests, its {shown['tagCount']} tags and its trust data.",
                yes=yes,
            )
            found.delete(repository)
            return
        parsed = Image.parse(image)
        digest = parsed.digest or found.image(parsed)["digest"]
        manifest = found.image(Image(parsed.repository, digest=digest))
        tags = ", ".join(manifest["tags"]) or "none"
        terminal.confirm(
            f"This deletes the manifest {digest} of {parsed.repository} and the tags that point "
            f"to it: {tags}.",
            yes=yes,
        )
        found.delete_manifest(parsed.repository, digest)


@contextmanager
def opened(terminal: Terminal, name: str) -> Iterator[Repositories]:
    """Open the repositories of the registry of that name."""
    with terminal.session() as session:
        registry = Registries(session).show(name)
        yield Repositories(session, registry["loginServer"])


def _one_of(repository: str, image: str) -> None:
    if bool(repository) == bool(image):
        message = "give either --repository or --image"
        raise typer.BadParameter(message)


def list_options(top: int, orderby: Order | None) -> ListOptions:
    """Return what a list is asked for."""
    return ListOptions(top, "" if orderby is None else orderby.value.replace("_", ""))
