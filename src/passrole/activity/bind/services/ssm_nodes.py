"""AWS Systems Manager's work on nodes: commands, sessions, associations, automations, and requests for access.

Nodes that tags or groups choose are not known before they are looked up: such a call is refused.
Sources: <https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html>,
<https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.parameter_paths import found_at
from passrole.activity.bind.rows import Row, Table, reference
from passrole.engine.request import ContextValue

_PAGE: Final = reference("awssystemsmanager")
_SESSIONS: Final = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html"
)
_COMMANDS: Final = "https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html"
_API: Final = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_"


def node_arn(inquiry: Inquiry, node: str) -> tuple[str, str]:
    """An instance of EC2, or a managed node that is none (`mi-…`), and its type."""
    if node.startswith("mi-"):
        return inquiry.arn("ssm", f"managed-instance/{node}"), "managed-instance"
    if not node.startswith("i-") and node != "*":
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{node}` is no instance and no managed node")
    return inquiry.arn("ec2", f"instance/{node}"), "instance"


def document_arn(inquiry: Inquiry, named: str) -> str:
    """A document of AWS has no account in its ARN."""
    if named.startswith("arn:"):
        return whole(inquiry, named, "ssm", "document/")
    account = "" if named.startswith(("AWS-", "AWSSupport-", "AWSEC2-", "AWSFleetManager-", "Amazon")) else None
    return inquiry.arn("ssm", f"document/{named}", account=account)


def _targets(inquiry: Inquiry, targets: object) -> Iterator[str]:
    """The nodes that targets name by their ids; raises CannotBindError for other targets."""
    for target in targets if isinstance(targets, (list, tuple)) else ():
        if not isinstance(target, Mapping) or str(target.get("Key")).lower() != "instanceids":
            raise CannotBindError(Why.NOT_KNOWN, "which nodes a target chooses is not known before it is looked up")
        yield from (str(each) for each in target.get("Values", ()))


def _ask_nodes(inquiry: Inquiry, action: str, nodes: Iterator[str]) -> Iterator[Asked]:
    for node in nodes:
        arn, kind = node_arn(inquiry, node)
        yield inquiry.ask(action, arn, kind)


def _send_command(inquiry: Inquiry) -> Iterator[Asked]:
    """The document, and every node."""
    yield inquiry.ask("ssm:SendCommand", document_arn(inquiry, inquiry.need("DocumentName")), "document")
    yield from _ask_nodes(inquiry, "ssm:SendCommand", iter(inquiry.texts("InstanceIds")))
    yield from _ask_nodes(inquiry, "ssm:SendCommand", _targets(inquiry, inquiry.call.parameters.get("Targets")))


def _start_session(inquiry: Inquiry) -> Iterator[Asked]:
    """The node, and the document where one is named."""
    arn, kind = node_arn(inquiry, inquiry.need("Target"))
    yield inquiry.ask("ssm:StartSession", arn, kind)
    if inquiry.text("DocumentName"):
        yield inquiry.ask("ssm:StartSession", document_arn(inquiry, inquiry.need("DocumentName")), "document")


def _create_association(inquiry: Inquiry) -> Iterator[Asked]:
    """What is to be made, the document, and every node."""
    association = inquiry.arn("ssm", "association/*")
    yield inquiry.ask("ssm:CreateAssociation", association, "association", new=True)
    yield from _associated(inquiry, "ssm:CreateAssociation", inquiry.call.parameters)
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("ssm:AddTagsToResource", association, "association", new=True)


def _create_associations(inquiry: Inquiry) -> Iterator[Asked]:
    for entry in found_at(inquiry.call.parameters, "Entries"):
        if isinstance(entry, Mapping):
            yield from _associated(inquiry, "ssm:CreateAssociationBatch", entry)


def _associated(inquiry: Inquiry, action: str, entry: Mapping[str, object]) -> Iterator[Asked]:
    yield inquiry.ask(action, document_arn(inquiry, str(entry.get("Name"))), "document")
    if entry.get("InstanceId"):
        yield from _ask_nodes(inquiry, action, iter((str(entry["InstanceId"]),)))
    yield from _ask_nodes(inquiry, action, _targets(inquiry, entry.get("Targets")))


def _update_association(inquiry: Inquiry) -> Iterator[Asked]:
    """To change an association is to see it as well."""
    association = inquiry.arn("ssm", f"association/{inquiry.need('AssociationId')}")
    yield inquiry.ask("ssm:UpdateAssociation", association, "association")
    if inquiry.text("Name"):
        yield inquiry.ask("ssm:UpdateAssociation", document_arn(inquiry, inquiry.need("Name")), "document")
    nodes = _targets(inquiry, inquiry.call.parameters.get("Targets"))
    yield from _ask_nodes(inquiry, "ssm:UpdateAssociation", nodes)
    yield inquiry.ask("ssm:DescribeAssociation", association, "association")


def _association_status(inquiry: Inquiry) -> Iterator[Asked]:
    arn = document_arn(inquiry, inquiry.need("Name"))
    yield inquiry.ask("ssm:UpdateAssociationStatus", arn, "document")
    yield from _ask_nodes(inquiry, "ssm:UpdateAssociationStatus", iter((inquiry.need("InstanceId"),)))


def _automation(inquiry: Inquiry) -> Iterator[Asked]:
    """The runbook, and its execution; the role that the automation takes is passed."""
    action = f"ssm:{inquiry.call.operation}"
    execution = inquiry.arn("ssm", "automation-execution/*")
    automatic = inquiry.call.parameters.get("AutoApprove")
    keys: dict[str, ContextValue | None] = {
        "ssm:DocumentVersion": inquiry.text("DocumentVersion"),
        "ssm:AutoApprove": str(bool(automatic)).lower() if automatic is not None else None,
    }
    yield inquiry.ask(action, document_arn(inquiry, inquiry.need("DocumentName")), "document", keys, requested={})
    yield inquiry.ask(action, execution, "automation-execution", keys, new=True)
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("ssm:AddTagsToResource", execution, "automation-execution", new=True)


def _one_node(action: str, member: str) -> Row:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield from _ask_nodes(inquiry, action, iter((inquiry.need(member),)))

    return Row(build, _PAGE)


def _request_access(inquiry: Inquiry) -> Iterator[Asked]:
    nodes = _targets(inquiry, inquiry.call.parameters.get("Targets"))
    yield from _ask_nodes(inquiry, "ssm:StartAccessRequest", nodes)
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("ssm:AddTagsToResource", inquiry.arn("ssm", "opsitem/*"), "opsitem", new=True)


TABLE: Table = {
    "CreateAssociation": Row(_create_association, _PAGE),
    "CreateAssociationBatch": Row(_create_associations, _PAGE),
    "GetConnectionStatus": _one_node("ssm:GetConnectionStatus", "Target"),
    "PutComplianceItems": _one_node("ssm:PutComplianceItems", "ResourceId"),
    "SendCommand": Row(_send_command, _COMMANDS),
    "StartAccessRequest": Row(_request_access, _PAGE),
    "StartAutomationExecution": Row(_automation, _PAGE),
    "StartChangeRequestExecution": Row(_automation, _PAGE),
    "StartSession": Row(_start_session, _SESSIONS),
    "UpdateAssociation": Row(_update_association, f"{_API}UpdateAssociation.html"),
    "UpdateAssociationStatus": Row(_association_status, _PAGE),
}
