"""``/metadata/endpoints``: where everything is, for `az cloud register` and `sealyard login`.

The sign-in endpoint ends in ``/adfs`` because MSAL then asks nobody but us who the issuer is; for
any other path it first asks login.microsoftonline.com.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sealyard.api.management.paths import arm_route
from sealyard.api.management.wire import json_answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.api.origins import Origins
    from sealyard.services.policy.properties import RegistryProperties

# With ARM_CLOUD_METADATA_URL az takes a list of clouds, with `cloud register` a single one. Azure
# tells the two apart by the version, and az asks for 2022-09-01 when it registers.
_LIST_VERSIONS: Final = frozenset({"2018-05-01", "2019-05-01", "2020-06-01"})


class Clouds:
    """Describes this cloud of one server."""

    def __init__(self, properties: RegistryProperties, origins: Origins) -> None:
        self._properties = properties
        self._origins = origins

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [arm_route("GET", "/metadata/endpoints", self.endpoints)]

    async def endpoints(self, request: Request) -> Response:
        """Answer with one cloud, or with a list of one; needs no sign-in."""
        cloud = await self._cloud(request.headers.get("host"))
        listed = request.query_params.get("api-version") in _LIST_VERSIONS
        return json_answer([cloud] if listed else cloud)

    async def _cloud(self, host: str | None) -> dict[str, Any]:
        url = self._origins.url(host)
        record = await self._properties.record()
        return {
            "name": record.name,
            "portal": url,
            "authentication": {
                "loginEndpoint": f"{url}/adfs",
                "audiences": [f"{url}/"],
                "tenant": record.tenant_id,
                "identityProvider": "ADFS",
            },
            "resourceManager": url,
            "microsoftGraphResourceId": f"{url}/",
            # az puts a dot in front of it.
            "suffixes": {"acrLoginServer": self._origins.login_server(host)},
        }
