"""AWS Glue's Data Catalog: what is done with a database or table is asked of it, of what it is in, and of the catalog.

"Authorization to operate on a resource in the Data Catalog requires the permission on the resource and on all of its
ancestors"; reading many asks each of them. The rest of Glue is bound by the same-name rule.
Source: <https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Builder, Row, Table

_PAGE: Final = "https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html"


def _of(action: str, database: str, tables: str | None = None, *, reads: bool = False) -> Builder:
    """`database` and `tables` are the paths of the parameters that name them; all tables where reading names none."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        if inquiry.text("CatalogId") not in (None, inquiry.call.account):
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, "catalogs but the account's own are not read")
        yield inquiry.ask(action, inquiry.arn("glue", "catalog"), "rootcatalog")
        databases = _names(inquiry, database, reads)
        for each in databases:
            yield inquiry.ask(action, inquiry.arn("glue", f"database/{each}"), "database")
        if tables is not None:
            for each in _names(inquiry, tables, reads):
                yield inquiry.ask(action, inquiry.arn("glue", f"table/{databases[0]}/{each}"), "table")

    return build


def _names(inquiry: Inquiry, path: str, reads: bool) -> tuple[str, ...]:
    found = texts_at(inquiry.call.parameters, path) if path else ()
    if not found and not reads:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the call has no `{path}`, which names what it is about")
    for each in found:
        if "/" in each or ":" in each:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{each}` is more than a name, and how it is read unknown")
    return found or ("*",)


_ROWS: Final = {
    "BatchDeleteTable": _of("glue:BatchDeleteTable", "DatabaseName", "TablesToDelete"),
    "CreateDatabase": _of("glue:CreateDatabase", "DatabaseInput.Name"),
    "CreateTable": _of("glue:CreateTable", "DatabaseName", "TableInput.Name"),
    "DeleteTable": _of("glue:DeleteTable", "DatabaseName", "Name"),
    "GetDatabases": _of("glue:GetDatabases", "", reads=True),
    "GetTable": _of("glue:GetTable", "DatabaseName", "Name"),
    "GetTables": _of("glue:GetTables", "DatabaseName", "", reads=True),
    "UpdateTable": _of("glue:UpdateTable", "DatabaseName", "TableInput.Name"),
}
TABLE: Table = {name: Row(build, _PAGE) for name, build in _ROWS.items()}
