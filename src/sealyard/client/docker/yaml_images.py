"""Which images a compose file or a Kubernetes manifest uses, and the same file by signed digests.

Only the scalars behind ``image:`` are replaced, where they stand; comments and layout stay. A part
whose images cannot be told from this file alone (a build, an include) is an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sealyard.client.docker.errors import FileNotResolvedError
from sealyard.client.docker.rewriting import ImageUse, replaced
from sealyard.client.docker.variables import NotExpandedError, expanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sealyard.client.docker.rewriting import Resolve

MOST_BYTES: Final = 4 * 1024 * 1024

_CONTAINERS: Final = frozenset({"containers", "initContainers", "ephemeralContainers"})
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")  # an anchor or a tag before a value
_MOST_DEPTH: Final = 64
_MOST_NODES: Final = 200_000


def resolved_yaml(
    name: str, text: str, resolve: Resolve, variables: Mapping[str, str] | None = None
) -> str:
    """Return the file ``text`` with every image by its digest.

    ``variables`` are for a compose file's ``${NAME}``. Raise ``FileNotResolvedError``, and whatever
    ``resolve`` raises.
    """
    uses = _Reading(name, variables or {}).uses(text)
    new = replaced(name, text, uses, resolve)
    _parsed(name, new)  # what is written has to be YAML still
    return new


def _parsed(name: str, text: str) -> list[Node]:
    if len(text) > MOST_BYTES:
        reason = f"it has more than {MOST_BYTES} characters"
        raise FileNotResolvedError(name, 1, reason)
    try:
        return list(yaml.compose_all(text, yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = f"it is not YAML: {error.problem}"
        raise FileNotResolvedError(name, line, reason) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise FileNotResolvedError(name, 1, "it is not YAML that can be read") from error


class _Reading:
    """The images of one file. Nodes that an anchor puts in several places are taken once."""

    def __init__(self, name: str, variables: Mapping[str, str]) -> None:
        self._name = name
        self._variables = variables
        self._text = ""
        self._uses: dict[int, ImageUse] = {}
        self._seen = 0

    def uses(self, text: str) -> list[ImageUse]:
        self._text = text
        for document in _parsed(self._name, text):
            if not isinstance(document, MappingNode):
                raise self._error(document, "it is neither a compose file nor a manifest")
            if _value(document, "kind") is not None and _value(document, "apiVersion") is not None:
                self._manifest(document, 0)
            else:
                self._compose(document)
        return list(self._uses.values())

    def _compose(self, document: MappingNode) -> None:
        for key in ("include", "extends"):
            node = _value(document, key)
            if node is not None:
                raise self._error(node, f"{key} names other files: resolve each of them")
        services = _value(document, "services")
        if not isinstance(services, MappingNode):
            raise self._error(document, "it has no services, so it is no compose file")
        for _, service in services.value:
            if not isinstance(service, MappingNode):
                raise self._error(service, "a service is a mapping")
            self._service(service)

    def _service(self, service: MappingNode) -> None:
        build = _value(service, "build")
        if build is not None:
            raise self._error(
                build,
                "the service is built from a Dockerfile: build it with `sealyard docker build`, "
                "push it, and name the image here",
            )
        extends = _value(service, "extends")
        if isinstance(extends, MappingNode) and _value(extends, "file") is not None:
            raise self._error(extends, "extends names another file: resolve it, and merge the two")
        image = _value(service, "image")
        if image is not None:
            self._take(image)

    def _manifest(self, node: Node, depth: int) -> None:
        """Look for containers anywhere: a list of items, a pod's template, a custom resource."""
        self._seen += 1
        if depth > _MOST_DEPTH or self._seen > _MOST_NODES:
            raise self._error(node, "it is too deep or too large to be looked through")
        if isinstance(node, SequenceNode):
            for item in node.value:
                self._manifest(item, depth + 1)
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                if key.value in _CONTAINERS and isinstance(value, SequenceNode):
                    self._containers(value)
                else:
                    self._manifest(value, depth + 1)

    def _containers(self, containers: SequenceNode) -> None:
        for container in containers.value:
            image = _value(container, "image") if isinstance(container, MappingNode) else None
            if image is None:
                raise self._error(container, "a container without an image")
            self._take(image)

    def _take(self, node: Node) -> None:
        if not isinstance(node, ScalarNode) or not node.value:
            raise self._error(node, "an image has a name")
        if node.style in {"|", ">"}:
            raise self._error(node, "write the name of the image on one line")
        try:
            image = expanded(node.value, self._variables)
        except NotExpandedError as error:
            raise self._error(node, f"{error}; set it, or write a default") from error
        line = node.start_mark.line + 1
        start, end = node.start_mark.index, node.end_mark.index
        properties = _PROPERTIES.match(self._text, start, end)
        start = properties.end() if properties else start
        self._uses[start] = ImageUse(image, start, end, line)

    def _error(self, node: Node, reason: str) -> FileNotResolvedError:
        return FileNotResolvedError(self._name, node.start_mark.line + 1, reason)


def _value(mapping: MappingNode, name: str) -> Node | None:
    """Return what stands behind ``name``: in the mapping, else in one that it merges (``<<``).

    Of two entries of one name YAML's readers take the last.
    """
    own = [value for key, value in mapping.value if key.value == name]
    if own:
        return own[-1] if isinstance(own[-1], Node) else None
    for merged in _merged(mapping):
        found = _value(merged, name)
        if found is not None:
            return found
    return None


def _merged(mapping: MappingNode) -> Iterator[MappingNode]:
    for key, value in mapping.value:
        if key.tag == "tag:yaml.org,2002:merge":
            several = value.value if isinstance(value, SequenceNode) else [value]
            yield from (one for one in several if isinstance(one, MappingNode) and one != mapping)
