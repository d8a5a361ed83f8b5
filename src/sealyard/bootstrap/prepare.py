"""What is done once before the workers start: keys, certificates, migrations, the first Owner."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from sealyard.access.errors import InvalidNameError
from sealyard.bootstrap.parts import certificate_files, database, now, sealer
from sealyard.db.schema import bring_up_to_date
from sealyard.db.seal_check import SealCheckStore
from sealyard.errors import SealyardError
from sealyard.keystore.files import write_whole
from sealyard.services.directory.first_owner import prepare_registry
from sealyard.services.directory.passwords import Passwords
from sealyard.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.db.database import Database, Transaction
    from sealyard.keystore.sealing import Sealer
    from sealyard.services.directory.first_owner import OwnerPassword
    from sealyard.settings import Settings

_KNOWN = b"sealyard"
_PLACE = "this data folder"


def prepare(settings: Settings, say: Callable[[str], None]) -> int:
    """Make everything ready for the workers; return the exit code, having said what is wrong."""
    os.umask(0o077)
    try:
        _prepare(settings, say)
    except SealyardError as error:
        say(f"error: {error}")
        return 1
    return 0


def _prepare(settings: Settings, say: Callable[[str], None]) -> None:
    if settings.tls:
        certificate_files(settings).context()
    key = sealer(settings)
    rows = database(settings)
    passwords = Passwords(1)
    try:
        bring_up_to_date(rows)
        _check_master_key(rows, key)
        owner = _first_owner(settings, rows, passwords)
    finally:
        passwords.close()
        rows.close()
    if owner is not None:
        _introduce(owner, settings, say)


def _first_owner(settings: Settings, rows: Database, passwords: Passwords) -> OwnerPassword | None:
    password = settings.admin_password
    try:
        return prepare_registry(rows, passwords, now, name=settings.name, password=password)
    except InvalidNameError as error:
        setting = "admin_password"
        raise SettingsError(setting, "SEALYARD_ADMIN_PASSWORD", str(error)) from error


def _check_master_key(rows: Database, key: Sealer) -> None:
    """Raise ``SealBrokenError`` if the data was sealed with another master key."""

    def work(transaction: Transaction) -> None:
        store = SealCheckStore(transaction.connection)
        sealed = store.find()
        if sealed is None:
            store.add(key.seal(_KNOWN, _PLACE))
        else:
            key.open(sealed, _PLACE)

    rows.write_now(work)


def _introduce(owner: OwnerPassword, settings: Settings, say: Callable[[str], None]) -> None:
    name = owner.user_principal_name
    if owner.password is None:
        say(f"first start: the first Owner is {name}, with the password that was given")
    elif _is_a_log(sys.stdout.fileno()):
        file = settings.data_dir / "keys" / "first-password"
        write_whole(file, owner.password.encode() + b"\n")
        say(f"first start: the first Owner is {name}; its password is in {file}: delete that file")
    else:
        sys.stdout.write(
            f"first start: the first Owner is {name}\n"
            f"  its password, shown this once: {owner.password}\n"
        )
        sys.stdout.flush()


def _is_a_log(descriptor: int) -> bool:
    """Tell whether what is printed would be kept: a file, or a system log's socket."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
