"""A worker's parts, joined: what its event loop serves and what runs beside the requests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text
from starlette.applications import Starlette

from sealyard.api import probes
from sealyard.api.app import Origin
from sealyard.api.attributes.routes import AttributesDoor, AttributeServices
from sealyard.api.challenges import Challenges
from sealyard.api.directory.routes import DirectoryServices
from sealyard.api.directory.routes import routes as directory_routes
from sealyard.api.distribution.door import Distribution
from sealyard.api.management.routes import ManagementServices
from sealyard.api.management.routes import routes as management_routes
from sealyard.api.management_callers import ManagementCallers
from sealyard.api.origins import Origins
from sealyard.api.tokens.routes import TokenDoor
from sealyard.api.tokens.routes import routes as token_routes
from sealyard.blobstore.filesystem import FilesystemBlobStore
from sealyard.bootstrap.background import Background, every
from sealyard.bootstrap.identities import Identities
from sealyard.bootstrap.parts import blob_folder, database, now, sealer
from sealyard.bootstrap.trust import Trust, gun_prefixes
from sealyard.db.registry import RegistryStore
from sealyard.services.directory.admin_user import AdminUserService
from sealyard.services.directory.groups import GroupService
from sealyard.services.directory.principal_certificates import PrincipalCertificateService
from sealyard.services.directory.principal_secrets import PrincipalSecretService
from sealyard.services.directory.rbac import RbacService
from sealyard.services.directory.role_assignments import RoleAssignmentService
from sealyard.services.directory.scope_maps import ScopeMapService
from sealyard.services.directory.scoped_tokens import ScopedTokenService
from sealyard.services.directory.service_principals import ServicePrincipalService
from sealyard.services.directory.users import UserService
from sealyard.services.operations.activity import ActivityService
from sealyard.services.policy.anonymous_pull import AnonymousPullService
from sealyard.services.policy.content_trust import ContentTrustService
from sealyard.services.policy.properties import RegistryProperties
from sealyard.services.policy.resource_tags import ResourceTags
from sealyard.services.ready_cache import ReadyCache
from sealyard.services.registry.attributes import Attributes
from sealyard.services.registry.deletion import Deletion
from sealyard.services.registry.limits import RegistryLimits
from sealyard.services.registry.locking import Locking
from sealyard.services.registry.platforms import ImagePlatforms
from sealyard.services.registry.registry import Registry
from sealyard.services.registry.tags import Tags
from sealyard.services.registry.upload_expiry import UploadExpiry
from sealyard.services.trust.roots import TrustRoots

if TYPE_CHECKING:
    from starlette.routing import Route

    from sealyard.db.registry import RegistryRecord
    from sealyard.settings import Settings

_CLEAN_UP_SECONDS = 3600.0


class Application:
    """One worker. ``asgi`` is what the server calls."""

    def __init__(self, settings: Settings) -> None:
        key = sealer(settings)
        self._settings = settings
        self._sealer = key
        self._database = database(settings)
        self._origins = Origins(settings.origins, tls=settings.tls)
        self._challenges = Challenges(settings.origins, tls=settings.tls)
        self._identities = Identities.over(settings, self._database, key, self._record())
        self._trust = Trust.over(settings, self._database, key)
        self._blobs = FilesystemBlobStore(blob_folder(settings))
        self._limits = _registry_limits(settings)
        self.asgi = Origin(
            distribution=self._distribution(),
            trust=self._trust.door(
                settings, self._database, self._identities.registry, self._challenges
            ),
            rest=Starlette(routes=self.routes()),
            background=self._background(),
        )

    def close(self) -> None:
        """Close what the worker has open."""
        self._identities.passwords.close()
        self._blobs.close()
        self._database.close()

    def _record(self) -> RegistryRecord:
        record = self._database.read_now(lambda connection: RegistryStore(connection).find())
        if record is None:
            message = "prepare() was not run on this data folder"
            raise RuntimeError(message)
        return record

    def _distribution(self) -> Distribution:
        generations = self._database.generations
        return Distribution(
            Registry.over(self._database, self._blobs, self._limits, now),
            self._identities.registry,
            self._challenges,
            ReadyCache(generations, self._settings.cache_size // 2),
            generations,
        )

    def _background(self) -> Background:
        expiry = UploadExpiry(self._database, self._blobs, self._limits, now)
        return Background([self._trust.renewal.run, every(_CLEAN_UP_SECONDS, expiry.run)])

    def routes(self) -> list[Route]:
        """Make the routes of everything but the data plane."""
        callers = ManagementCallers(self._identities.management, self._origins)
        return [
            *probes.routes(self._ready),
            *token_routes(self._token_door()),
            *management_routes(self._management(), callers, self._origins),
            *directory_routes(self._directory(), callers, self._origins),
            *AttributesDoor(self._attributes(), self._challenges, self._origins).routes(),
        ]

    def _token_door(self) -> TokenDoor:
        return TokenDoor(
            registry=self._identities.registry,
            management=self._identities.management,
            tokens=self._identities.tokens,
            login_servers=self._settings.origins,
            name_prefixes=gun_prefixes(self._settings),
        )

    def _attributes(self) -> AttributeServices:
        rows = self._database
        return AttributeServices(
            authenticator=self._identities.registry,
            attributes=Attributes(rows, ImagePlatforms(self._blobs)),
            tags=Tags(rows, self._limits, now),
            deletion=Deletion(rows, self._trust.deletion.delete_repository, now),
            locking=Locking(rows, now),
            roots=TrustRoots(rows, self._trust.rules.limits),
        )

    def _management(self) -> ManagementServices:
        rows = self._database
        return ManagementServices(
            properties=RegistryProperties(rows),
            content_trust=ContentTrustService(rows, self._trust.deletion, now),
            role_assignments=RoleAssignmentService(rows, now),
            activity=ActivityService(rows),
            resource_tags=ResourceTags(rows, now),
            scope_maps=ScopeMapService(rows, now),
            scoped_tokens=ScopedTokenService(rows, now),
            admin_user=AdminUserService(rows, self._sealer, now),
            anonymous_pull=AnonymousPullService(rows, now),
        )

    def _directory(self) -> DirectoryServices:
        rows = self._database
        return DirectoryServices(
            properties=RegistryProperties(rows),
            sign_in=self._identities.sign_in,
            users=UserService(rows, self._identities.passwords, now),
            service_principals=ServicePrincipalService(rows, now),
            principal_secrets=PrincipalSecretService(rows, now),
            certificates=PrincipalCertificateService(rows, now),
            rbac=RbacService(rows, now),
            groups=GroupService(rows, now),
            own_passwords=self._identities.own_passwords,
        )

    async def _ready(self) -> None:
        await self._database.read(lambda connection: connection.execute(text("SELECT 1")))


def _registry_limits(settings: Settings) -> RegistryLimits:
    return RegistryLimits(
        max_manifest_size=settings.max_manifest_size,
        max_page_size=settings.max_page_size,
        max_open_uploads=settings.max_open_uploads,
        upload_lifetime=timedelta(seconds=settings.upload_lifetime),
    )
