"""The organization over a file's accounts as a row."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection, delete, insert, select, update

from passrole.account.organization_tree import OrganizationTree
from passrole.account.prepared import Prepared
from passrole.account.tables import account_file, organization

_DOCUMENT = Prepared(select(organization.c.document))


def find_organization(connection: Connection) -> OrganizationTree | None:
    row = _DOCUMENT.first(connection, {})
    return None if row is None else _read(row.document)


def set_organization(connection: Connection, tree: OrganizationTree) -> None:
    """Put it in the place of the one before; its management account becomes the one that is meant by default."""
    connection.execute(delete(organization))
    connection.execute(insert(organization).values(id=1, document=tree.to_text()))
    connection.execute(update(account_file).values(home_account_id=tree.management_account_id))


@lru_cache(maxsize=8)
def _read(text: str) -> OrganizationTree:
    return OrganizationTree.from_text(text)
