"""What the stories about signing ask of the programs: Sealyard in docker's home, docker, notary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE
from real.processes import Done, run
from real.registry import SEALYARD

if TYPE_CHECKING:
    from real.engine import Docker
    from real.notary import Notary

_PHRASES = {
    "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
    "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
}


def sealyard(docker: Docker, *arguments: str, **variables: str) -> Done:
    """Run Sealyard with the home of somebody's docker, and docker's variables."""
    return run([SEALYARD, *arguments], {**docker.env, **_PHRASES, **variables})


def trusting(docker: Docker, *arguments: str, **variables: str) -> Done:
    """Run Sealyard with content trust."""
    return sealyard(docker, *arguments, DOCKER_CONTENT_TRUST="1", **variables)


def pulls(docker: Docker, image: str) -> Done:
    """Have docker pull with content trust what is not here."""
    docker.forget(image)
    return docker.trusted("pull", docker.name(image))


def we_pull(docker: Docker, image: str) -> Done:
    """Have Sealyard pull with content trust, into the Engine, what is not here."""
    docker.forget(image)
    return trusting(docker, "pull", docker.name(image))


def listed(notary: Notary, name: str) -> list[str]:
    """Return the tags that notary finds signed."""
    return [line.split()[0] for line in notary("list", name).ok().out.splitlines()[2:]]


def inspected(docker: Docker, image: str) -> dict[str, Any]:
    """Return what docker says of the signatures of ``image``."""
    (found,) = json.loads(docker.trusted("trust", "inspect", docker.name(image)).ok().out)
    return dict(found)


def signed_by(docker: Docker, image: str) -> dict[str, list[str]]:
    """Return the signers of each tag, as docker names them."""
    return {tag["SignedTag"]: tag["Signers"] for tag in inspected(docker, image)["SignedTags"]}


def digests(docker: Docker, image: str) -> dict[str, str]:
    """Return the digest of each signed tag, in hex, as docker reads it."""
    return {tag["SignedTag"]: tag["Digest"] for tag in inspected(docker, image)["SignedTags"]}
