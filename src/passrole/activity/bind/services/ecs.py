"""Amazon ECS: task definitions, tasks and container instances of a cluster, which is `default` where none is named.

A task definition that is named without its revision is the latest one, which the stored state tells. The rest is bound
by the same-name rule.
Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html>,
<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Row, Table, reference

_PAGE: Final = reference("amazonelasticcontainerservice")
PASSES: Final = {"executionRoleArn": "ecs-tasks", "roleArn": "ecs", "role": "ecs", "taskRoleArn": "ecs-tasks"}
"""`roleArn` is that of volumes that ECS manages for a task, `role` that of a service.

<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html>
"""


def _cluster(inquiry: Inquiry) -> str:
    named = inquiry.text("cluster") or "default"
    if named.startswith("arn:"):
        return whole(inquiry, named, "ecs", "cluster/")
    return inquiry.arn("ecs", f"cluster/{_plain(named)}")


def _in_cluster(inquiry: Inquiry, kind: str, named: str) -> str:
    """A task or an instance by its ARN or id. An ARN of the older form, without the cluster, is not read."""
    if named.startswith("arn:"):
        found = whole(inquiry, named, "ecs", f"{kind}/")
        if found.count("/") != 2:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{named}` does not name its cluster")
        return found
    cluster = _cluster(inquiry).partition(":cluster/")[2]
    return inquiry.arn("ecs", f"{kind}/{cluster}/{_plain(named)}")


def _each(action: str, kind: str, member: str, *, many: bool = False, reads: bool = False) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        names = inquiry.texts(member) if many else tuple(filter(None, (inquiry.text(member),)))
        if not names and not reads:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the call has no `{member}`, which names what it is about")
        keys = {"ecs:cluster": _cluster(inquiry)}
        for named in names or ("*",):
            yield inquiry.ask(f"ecs:{action}", _in_cluster(inquiry, kind, named), kind, keys)

    return build


def _definition(inquiry: Inquiry) -> str:
    named = inquiry.need("taskDefinition")
    arn = whole(inquiry, named, "ecs", "task-definition/") if named.startswith("arn:") else None
    name = named if arn is None else arn.partition(":task-definition/")[2]
    if name.count(":") == 1 and name.partition(":")[2].isdigit():
        return arn or inquiry.arn("ecs", f"task-definition/{_plain(name.partition(':')[0])}:{name.partition(':')[2]}")
    found = inquiry.behind(inquiry.arn("ecs", f"task-definition/{_plain(name)}"), "the latest revision")
    return found or inquiry.arn("ecs", f"task-definition/{_plain(name)}:*")


def _run(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        keys = {"ecs:cluster": _cluster(inquiry)}
        yield inquiry.ask(f"ecs:{action}", _definition(inquiry), "task-definition", keys)
        if inquiry.call.parameters.get("tags"):
            cluster = _cluster(inquiry).partition(":cluster/")[2]
            yield inquiry.ask("ecs:TagResource", inquiry.arn("ecs", f"task/{cluster}/*"), "task", new=True)

    return build


def _register(inquiry: Inquiry) -> Iterator[Asked]:
    arn = inquiry.arn("ecs", f"task-definition/{_plain(inquiry.need('family'))}:*")
    yield inquiry.ask("ecs:RegisterTaskDefinition", arn, "task-definition", new=True)
    if inquiry.call.parameters.get("tags"):
        yield inquiry.ask("ecs:TagResource", arn, "task-definition", new=True)


def _plain(name: str) -> str:
    if "/" in name or ":" in name:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{name}` is more than a name, and how it is read unknown")
    return name


_INSTANCE: Final = "container-instance"
_ROWS: Final[dict[str, Builder]] = {
    "DescribeContainerInstances": _each("DescribeContainerInstances", _INSTANCE, "containerInstances", many=True),
    "DescribeTasks": _each("DescribeTasks", "task", "tasks", many=True),
    "ListTasks": _each("ListTasks", _INSTANCE, "containerInstance", reads=True),
    "RegisterTaskDefinition": _register,
    "RunTask": _run("RunTask"),
    "StopTask": _each("StopTask", "task", "task"),
    "UpdateContainerInstancesState": _each("UpdateContainerInstancesState", _INSTANCE, "containerInstances", many=True),
}
TABLE: Table = {name: Row(build, _PAGE) for name, build in _ROWS.items()}
