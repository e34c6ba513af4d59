"""The organization over a file's accounts as a row."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection, delete, insert, select, update

from passrole.account.organization_tree import OrganizationTree
from passrole.account.tables import account_file, organization


def find_organization(connection: Connection) -> OrganizationTree | None:
    text = connection.execute(select(organization.c.document)).scalar()
    return None if text is None else _read(text)


def set_organization(connection: Connection, tree: OrganizationTree) -> None:
    """Put it in the place of the one before; its management account becomes the one that is meant by default."""
    connection.execute(delete(organization))
    connection.execute(insert(organization).values(id=1, document=tree.to_text()))
    connection.execute(update(account_file).values(home_account_id=tree.management_account_id))


@lru_cache(maxsize=8)
def _read(text: str) -> OrganizationTree:
    return OrganizationTree.from_text(text)
