"""The document: every route of a server with its parameters, bodies, errors and who may ask.

It is made from the routes themselves, so it cannot name one that is not there or leave one out; the
words are the first lines of the handlers' docstrings.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealyard.bootstrap.description import bodies, data_plane
from sealyard.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.routing import Route

_MAX_PARAMETER: Final = 1024
_PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")
_SCHEMAS: Final = "#/components/schemas/{name}"
_FALLBACK: Final = "_unknown"  # whatever is not one of the doors' own paths: 404 in their shape

# How a door says no, and how one signs in there: by the beginning of its paths, the longest first.
_DOORS: Final = (
    ("/v2/", "registry", "RegistryErrors", ("token", "password")),
    ("/acr/v1/", "attributes", "RegistryErrors", ("token", "password")),
    ("/v1.0/", "directory", "ManagementError", ("management",)),
    ("/subscriptions", "management", "ManagementError", ("management",)),
    ("/providers/", "management", "ManagementError", ("management",)),
    ("/{scope}/providers/", "management", "ManagementError", ("management",)),
    ("/tenants", "management", "ManagementError", ("management",)),
    ("/oauth2/", "tokens", "", ()),
    ("/metadata/", "management", "ManagementError", ()),
    ("/{tenant}/oauth2/", "sign-in", "", ()),
    ("/{tenant}/", "sign-in", "", ()),
    ("/device", "sign-in", "", ()),
    ("/sign-in/", "sign-in", "", ()),
    ("/", "probes", "", ()),
)


def document(routes: Iterable[Route]) -> str:
    """Return the document of ``routes`` and of the data plane, as JSON with a line end."""
    paths: dict[str, dict[str, Any]] = {}
    types = list(dict.fromkeys(bodies.JSON.values()))
    schemas, components = msgspec.json.schema_components(types, ref_template=_SCHEMAS)
    by_type = dict(zip(types, schemas, strict=True))
    for route in routes:
        name = handler(route)
        if name == _FALLBACK:
            continue
        for method in sorted((route.methods or set()) - {"HEAD"}):
            path = _PARAMETER.sub(r"{\1}", route.path)
            operation = _operation(path, _summary(route.endpoint), f"{method} {path}")
            _add_body(operation, name, by_type)
            paths.setdefault(path, {}).setdefault(method.lower(), operation)
    for one in data_plane.ROUTES:
        operation = _operation(one.path, one.summary, f"{one.method} {one.path}")
        if one.body:
            operation["requestBody"] = _content(one.body, {"type": "string"})
        paths.setdefault(one.path, {})[one.method.lower()] = operation
    found = {
        "openapi": "3.1.0",
        "info": {"title": "Sealyard", "version": VERSION, "description": __doc__},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**components, **_ERRORS},
            "securitySchemes": _SCHEMES,
        },
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def handler(route: Route) -> str:
    """Return the name of the method or function behind a route, such as ``Users.create``."""
    return str(inspect.unwrap(route.endpoint).__qualname__)


def _summary(endpoint: Callable[..., Any]) -> str:
    return (inspect.getdoc(inspect.unwrap(endpoint)) or "").partition("\n")[0]


def _operation(path: str, summary: str, identity: str) -> dict[str, Any]:
    _, tag, errors, schemes = next(door for door in _DOORS if path.startswith(door[0]))
    refused: dict[str, Any] = {"description": "Refused; the message says why and what to do."}
    if errors:
        refused |= _content("application/json", {"$ref": _SCHEMAS.format(name=errors)})
        refused.pop("required")
    operation: dict[str, Any] = {
        "operationId": identity,
        "tags": [tag],
        "summary": summary,
        "parameters": [_parameter(name) for name in _PARAMETER.findall(path)],
        "responses": {
            "2XX": {"description": "Done."},
            "3XX": {"description": "It is elsewhere, or has not changed."},
            "4XX": refused,
            "503": {"description": "Not now; try again."},
        },
    }
    if schemes:
        operation["security"] = [{scheme: []} for scheme in schemes]
    return operation


def _parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": _MAX_PARAMETER}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _add_body(operation: dict[str, Any], name: str, by_type: dict[Any, dict[str, Any]]) -> None:
    if name in bodies.JSON:
        operation["requestBody"] = _content("application/json", by_type[bodies.JSON[name]])
    elif name in bodies.FORMS:
        fields = {field: {"type": "string"} for field in bodies.FORMS[name]}
        form = {"type": "object", "properties": fields}
        operation["requestBody"] = _content("application/x-www-form-urlencoded", form)


def _content(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


_TEXT: Final = {"type": "string"}
_SAID: Final = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": _TEXT, "message": _TEXT},
}
_ERRORS: Final = {
    "ManagementError": {"type": "object", "required": ["error"], "properties": {"error": _SAID}},
    "RegistryErrors": {
        "type": "object",
        "required": ["errors"],
        "properties": {"errors": {"type": "array", "minItems": 1, "items": _SAID}},
    },
}
_SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of /oauth2/token for the scope that the answer 401 names.",
    },
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "A user's name and password, an appId and its secret, a token's name.",
    },
    "management": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of /{tenant}/oauth2/token for this server's own address.",
    },
}
