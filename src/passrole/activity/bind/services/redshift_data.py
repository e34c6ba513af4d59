"""Amazon Redshift's Data API: the cluster or workgroup, and the credentials by which a statement connects to it.

Those are a secret's, a database user's, or the caller's own identity; each has its permission.
Sources: <https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ExecuteStatement.html>,
<https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Row, Table

_API: Final = "https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_"


def _connecting(name: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        cluster, workgroup = inquiry.text("ClusterIdentifier"), inquiry.text("WorkgroupName")
        if cluster:
            arn = inquiry.arn("redshift", f"cluster:{cluster}")
            yield inquiry.ask(f"redshift-data:{name}", arn, "cluster")
        elif workgroup:
            yield inquiry.ask(f"redshift-data:{name}", _workgroup(inquiry, workgroup), "workgroup")
        else:
            # A session that is open already has its cluster and its credentials.
            yield inquiry.ask(f"redshift-data:{name}", "*")
            return
        yield from _credentials(inquiry, cluster, workgroup or "")

    return build


def _credentials(inquiry: Inquiry, cluster: str | None, workgroup: str) -> Iterator[Asked]:
    database = inquiry.text("Database") or "*"
    if inquiry.text("SecretArn"):
        secret = whole(inquiry, inquiry.need("SecretArn"), "secretsmanager", "secret:")
        yield inquiry.ask("secretsmanager:GetSecretValue", secret, "Secret", {"secretsmanager:SecretId": secret})
    elif cluster and inquiry.text("DbUser"):
        user = inquiry.need("DbUser")
        for kind, name in (("dbuser", user), ("dbname", database)):
            arn = inquiry.arn("redshift", f"{kind}:{cluster}/{name}")
            keys = {"redshift:DbUser": user, "redshift:DbName": database}
            yield inquiry.ask("redshift:GetClusterCredentials", arn, kind, keys)
    elif cluster:
        arn = inquiry.arn("redshift", f"dbname:{cluster}/{database}")
        keys = {"redshift:DbName": database}
        yield inquiry.ask("redshift:GetClusterCredentialsWithIAM", arn, "dbname", keys)
    else:
        yield inquiry.ask("redshift-serverless:GetCredentials", _workgroup(inquiry, workgroup), "workgroup")


def _workgroup(inquiry: Inquiry, named: str) -> str:
    """A workgroup's ARN has an id, which the stored state tells for its name."""
    if named.startswith("arn:"):
        return whole(inquiry, named, "redshift-serverless", "workgroup/")
    arn = inquiry.behind(inquiry.arn("redshift-serverless", f"workgroup/{named}"), "the id")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"there is no workgroup `{named}`")
    return arn


_CONNECTING: Final = "BatchExecuteStatement DescribeTable ExecuteStatement ListDatabases ListSchemas ListTables"

TABLE: Table = {name: Row(_connecting(name), f"{_API}{name}.html") for name in _CONNECTING.split()}
