"""The management and directory doors in process, and requests to them without a socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD, DirectorySetup
from sealyard.access.assignments import AssignmentScope
from sealyard.api.directory.routes import DirectoryServices
from sealyard.api.directory.routes import routes as directory_routes
from sealyard.api.management.routes import ManagementServices
from sealyard.api.management.routes import routes as management_routes
from sealyard.api.management_callers import ManagementCallers
from sealyard.api.origins import Origins
from sealyard.keystore.sealing import Sealer
from sealyard.services.directory.admin_user import AdminUserService
from sealyard.services.directory.groups import GroupService
from sealyard.services.directory.principal_certificates import PrincipalCertificateService
from sealyard.services.directory.scope_maps import ScopeMapService
from sealyard.services.directory.scoped_tokens import ScopedTokenService
from sealyard.services.operations.activity import ActivityService
from sealyard.services.policy.anonymous_pull import AnonymousPullService
from sealyard.services.policy.content_trust import ContentTrustService, TrustLoss
from sealyard.services.policy.properties import RegistryProperties
from sealyard.services.policy.resource_tags import ResourceTags

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from sealyard.api.app import Origin
    from sealyard.db.database import Transaction
    from sealyard.services.directory.role_assignments import HeldRole

SERVER = "https://localhost:5443"


@dataclass
class TrustDataStub:
    """Trust data that is only a number."""

    present: TrustLoss = field(default_factory=lambda: TrustLoss(2, 5))

    def count(self, _connection: Connection) -> TrustLoss:
        return self.present

    def delete_all(self, _transaction: Transaction) -> TrustLoss:
        lost, self.present = self.present, TrustLoss(0, 0)
        return lost


class InProcess(httpx.BaseTransport):
    """A transport that calls an ASGI application, and keeps what was asked."""

    def __init__(self, app: Starlette | Origin) -> None:
        self._inner = httpx.ASGITransport(app, client=(ADDRESS, 4711))
        self.asked: list[tuple[str, str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path))
        return asyncio.run(self._exchange(request))

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        answer = await self._inner.handle_async_request(sent)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


class ManagementSetup:
    """A registry after its first start with its management doors."""

    def __init__(self, folder: Path) -> None:
        self.directory = DirectorySetup.started(folder)
        directory, database, clock = (
            self.directory,
            self.directory.database,
            self.directory.clock,
        )
        self.trust_data = TrustDataStub()
        origins = Origins(("localhost:5443", "registry.example.com"))
        properties = RegistryProperties(database)
        callers = ManagementCallers(directory.management_authenticator, origins)
        management = ManagementServices(
            properties,
            ContentTrustService(database, self.trust_data, clock),
            directory.roles,
            ActivityService(database),
            ResourceTags(database, clock),
            ScopeMapService(database, clock),
            ScopedTokenService(database, clock),
            AdminUserService(database, Sealer(bytes(32)), clock),
            AnonymousPullService(database, clock),
        )
        identities = DirectoryServices(
            properties,
            directory.management,
            directory.users,
            directory.service_principals,
            directory.secrets,
            PrincipalCertificateService(database, clock),
            directory.rbac,
            GroupService(database, clock),
            directory.own_passwords,
        )
        app = Starlette(
            routes=[
                *management_routes(management, callers, origins),
                *directory_routes(identities, callers, origins),
            ]
        )
        self.transport = InProcess(app)
        self.http = httpx.Client(base_url=SERVER, transport=self.transport)
        self.registry_id = directory.record.resource_id
        self.subscription = f"/subscriptions/{directory.record.subscription_id}"
        self._tokens: dict[str, str] = {}

    def sign_in(self, **form: str) -> httpx.Response:
        """Ask for tokens as az does."""
        return self.http.post("/adfs/oauth2/token", data={"scope": f"{SERVER}//.default", **form})

    def token(self, name: str = OWNER, password: str = OWNER_PASSWORD) -> str:
        """Return a management token of a user."""
        if name not in self._tokens:
            answer = self.sign_in(grant_type="password", username=name, password=password)
            assert answer.status_code == 200, answer.text
            self._tokens[name] = answer.json()["access_token"]
        return self._tokens[name]

    def ask(
        self,
        method: str,
        path: str,
        *,
        who: str = OWNER,
        params: dict[str, str] | None = None,
        body: object = None,
    ) -> httpx.Response:
        """Send a request as a user."""
        headers = {"Authorization": f"Bearer {self.token(who)}"}
        return self.http.request(method, path, headers=headers, params=params, json=body)

    def add_user(self, name: str, *roles: str) -> str:
        """Make a user who holds ``roles`` in the registry; return the object id."""
        password = f"the password of {name}"
        created = asyncio.run(
            self.directory.users.create(self.directory.owner, name, password=password)
        )
        for role in roles:
            self.grant(name, role)
        self.token(name, password)
        return created.user.object_id

    def grant(self, name: str, role: str, repository: str | None = None) -> HeldRole:
        """Grant a role as the first Owner."""
        scope = AssignmentScope(repository)
        return asyncio.run(
            self.directory.roles.create(self.directory.owner, assignee=name, role=role, scope=scope)
        )

    def close(self) -> None:
        self.http.close()
        self.directory.close()
