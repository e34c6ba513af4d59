"""AWS Systems Manager: parameters, documents, nodes that commands and sessions reach, and maintenance windows.

Sources: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html>,
<https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html>,
<https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import at, whole
from passrole.activity.bind.pass_role import pass_role, role_arn
from passrole.activity.bind.rows import Builder, Row, Table, alike, on, reference
from passrole.activity.bind.state import Known, NotKnown
from passrole.engine.request import ContextValue

_PAGE: Final = reference("awssystemsmanager")
_PARAMETERS: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html"
_SESSIONS: Final = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html"
)
_COMMANDS: Final = "https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html"
_HOSTS: Final = "https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html"

PASSES: Final = {"ServiceRoleArn": "ssm", "AutomationAssumeRole": "ssm", "AssociationDispatchAssumeRole": "ssm"}


def parameter_arn(inquiry: Inquiry, named: str) -> str:
    """A parameter's ARN has its name without the leading slash, and no version or label."""
    if named.startswith("arn:"):
        return whole(inquiry, named, "ssm", "parameter/")
    return inquiry.arn("ssm", f"parameter/{named.partition(':')[0].removeprefix('/')}")


def _on_parameter(action: str, member: str = "Name") -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(f"ssm:{action}", parameter_arn(inquiry, inquiry.need(member)), "parameter", _keys(inquiry))

    return build


def _keys(inquiry: Inquiry) -> dict[str, ContextValue | None]:
    overwrite = inquiry.call.parameters.get("Overwrite")
    recursive = inquiry.call.parameters.get("Recursive")
    return {
        "ssm:Overwrite": str(bool(overwrite)).lower() if overwrite is not None else None,
        "ssm:Recursive": str(bool(recursive)).lower() if recursive is not None else None,
    }


def _get(action: str, *, several: bool) -> Builder:
    """With decryption, a secure parameter asks its key as well."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        names = inquiry.texts("Names") if several else (inquiry.need("Name"),)
        arns = [parameter_arn(inquiry, name) for name in names]
        for arn in arns:
            yield inquiry.ask(f"ssm:{action}", arn, "parameter", _keys(inquiry))
        for arn in arns if inquiry.call.parameters.get("WithDecryption") else ():
            stored = inquiry.state.encryption(arn)
            if isinstance(stored, NotKnown):
                raise CannotBindError(Why.NOT_KNOWN, f"the key of `{arn}` is not known: {stored.reason}")
            if isinstance(stored, Known) and stored.value.key_arn:
                yield _through(inquiry, "kms:Decrypt", stored.value.key_arn, arn)

    return build


def _by_path(inquiry: Inquiry) -> Iterator[Asked]:
    """The path itself; with decryption, the keys of what is below are not known before it is read."""
    if inquiry.call.parameters.get("WithDecryption"):
        raise CannotBindError(
            Why.NOT_KNOWN, "which keys the parameters below a path have is not known before it is read"
        )
    arn = parameter_arn(inquiry, inquiry.need("Path")).rstrip("/")
    yield inquiry.ask("ssm:GetParametersByPath", arn, "parameter", _keys(inquiry))


def _put_parameter(inquiry: Inquiry) -> Iterator[Asked]:
    """A standard secure parameter is encrypted by its key itself, an advanced one by a data key."""
    arn = parameter_arn(inquiry, inquiry.need("Name"))
    yield inquiry.ask("ssm:PutParameter", arn, "parameter", _keys(inquiry))
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("ssm:AddTagsToResource", arn, "parameter")
    if inquiry.text("Type") == "SecureString":
        key = key_arn(inquiry, inquiry.text("KeyId") or "alias/aws/ssm")
        if inquiry.text("Tier") in ("Advanced", "Intelligent-Tiering"):
            yield _through(inquiry, "kms:GenerateDataKey", key, arn)
        if inquiry.text("Tier") != "Advanced":
            yield _through(inquiry, "kms:Encrypt", key, arn)


def _through(inquiry: Inquiry, action: str, key: str, arn: str) -> Asked:
    return ask_kms_through(inquiry, "ssm", action, key, {"PARAMETER_ARN": arn}, True)


def node_arn(inquiry: Inquiry, node: str) -> tuple[str, str]:
    """An instance of EC2, or a managed node that is none (`mi-…`), and its type."""
    if node.startswith("mi-"):
        return inquiry.arn("ssm", f"managed-instance/{node}"), "managed-instance"
    if not node.startswith("i-"):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{node}` is no instance and no managed node")
    return inquiry.arn("ec2", f"instance/{node}"), "instance"


def document_arn(inquiry: Inquiry, named: str) -> str:
    """A document of AWS has no account in its ARN."""
    if named.startswith("arn:"):
        return whole(inquiry, named, "ssm", "document/")
    account = "" if named.startswith(("AWS-", "AWSSupport-", "AWSEC2-", "AWSFleetManager-", "Amazon")) else None
    return inquiry.arn("ssm", f"document/{named}", account=account)


def _send_command(inquiry: Inquiry) -> Iterator[Asked]:
    """The document, and every node; nodes that tags choose are not known, so that all of them are asked about."""
    yield inquiry.ask("ssm:SendCommand", document_arn(inquiry, inquiry.need("DocumentName")), "document")
    nodes = list(inquiry.texts("InstanceIds"))
    targets = inquiry.call.parameters.get("Targets")
    for target in targets if isinstance(targets, (list, tuple)) else ():
        if not isinstance(target, Mapping) or str(target.get("Key")).lower() != "instanceids":
            raise CannotBindError(Why.NOT_KNOWN, "which nodes a target chooses is not known before it is looked up")
        nodes += [str(each) for each in target.get("Values", ())]
    for node in nodes:
        arn, kind = node_arn(inquiry, node)
        yield inquiry.ask("ssm:SendCommand", arn, kind)


def _start_session(inquiry: Inquiry) -> Iterator[Asked]:
    """The node, and the document where one is named."""
    arn, kind = node_arn(inquiry, inquiry.need("Target"))
    yield inquiry.ask("ssm:StartSession", arn, kind)
    if inquiry.text("DocumentName"):
        yield inquiry.ask("ssm:StartSession", document_arn(inquiry, inquiry.need("DocumentName")), "document")


def _create_activation(inquiry: Inquiry) -> Iterator[Asked]:
    """The role, by name, goes to the nodes by way of Systems Manager."""
    yield inquiry.ask("ssm:CreateActivation", "*")
    yield pass_role(inquiry, role_arn(inquiry, inquiry.need("IamRole")), "ssm")


_HOST_ROLE: Final = "/ssm/managed-instance/default-ec2-instance-management-role"


def _setting(inquiry: Inquiry) -> str:
    named = inquiry.need("SettingId")
    return named if named.startswith("arn:") else inquiry.arn("ssm", f"servicesetting/{named.removeprefix('/')}")


def _update_setting(inquiry: Inquiry) -> Iterator[Asked]:
    """The setting of Default Host Management hands a role, with its path, to Systems Manager."""
    yield inquiry.ask("ssm:UpdateServiceSetting", _setting(inquiry), "servicesetting")
    if inquiry.need("SettingId").endswith(_HOST_ROLE):
        yield pass_role(inquiry, role_arn(inquiry, inquiry.need("SettingValue")), "ssm")


def _document(inquiry: Inquiry) -> str:
    return document_arn(inquiry, inquiry.need("Name"))


_WINDOW: Final = at("ssm", "maintenancewindow/{WindowId}")
_BASELINE: Final = at("ssm", "patchbaseline/{BaselineId}")
_ON_WINDOW: Final = """
DeleteMaintenanceWindow DescribeMaintenanceWindowExecutions DescribeMaintenanceWindowTargets
DescribeMaintenanceWindowTasks GetMaintenanceWindow GetMaintenanceWindowTask RegisterTargetWithMaintenanceWindow
RegisterTaskWithMaintenanceWindow UpdateMaintenanceWindow
"""
_ON_WINDOW_AND_PART: Final = {
    "DeregisterTargetFromMaintenanceWindow": ("WindowTargetId", "windowtarget"),
    "DeregisterTaskFromMaintenanceWindow": ("WindowTaskId", "windowtask"),
    "UpdateMaintenanceWindowTarget": ("WindowTargetId", "windowtarget"),
    "UpdateMaintenanceWindowTask": ("WindowTaskId", "windowtask"),
}
_ON_BASELINE: Final = """
DeletePatchBaseline DeregisterPatchBaselineForPatchGroup DescribeEffectivePatchesForPatchBaseline GetPatchBaseline
RegisterDefaultPatchBaseline RegisterPatchBaselineForPatchGroup UpdatePatchBaseline
"""
_ON_DOCUMENT: Final = """
CreateDocument DeleteDocument DescribeDocument DescribeDocumentPermission GetDocument ListDocumentMetadataHistory
ListDocumentVersions ModifyDocumentPermission UpdateDocument UpdateDocumentDefaultVersion UpdateDocumentMetadata
"""


def _window_part(name: str, member: str, kind: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(f"ssm:{name}", _WINDOW(inquiry), "maintenancewindow")
        yield inquiry.ask(f"ssm:{name}", inquiry.arn("ssm", f"{kind}/{inquiry.need(member)}"), kind)

    return build


def _delete_parameters(inquiry: Inquiry) -> Iterator[Asked]:
    for name in inquiry.texts("Names"):
        yield inquiry.ask("ssm:DeleteParameters", parameter_arn(inquiry, name), "parameter")


TABLE: Table = {
    **{
        name: Row(_on_parameter(name), _PAGE)
        for name in ("DeleteParameter", "GetParameterHistory", "LabelParameterVersion", "UnlabelParameterVersion")
    },
    **alike("ssm", _ON_WINDOW.split(), _WINDOW, _PAGE, "maintenancewindow"),
    **alike("ssm", _ON_BASELINE.split(), _BASELINE, _PAGE, "patchbaseline"),
    **alike("ssm", _ON_DOCUMENT.split(), _document, _PAGE, "document"),
    **alike("ssm", ("GetServiceSetting", "ResetServiceSetting"), _setting, _PAGE, "servicesetting"),
    **{name: Row(_window_part(name, *part), _PAGE) for name, part in _ON_WINDOW_AND_PART.items()},
    **{
        name: Row(on(f"ssm:{name}", at("ssm", "session/{SessionId}"), "session"), _SESSIONS)
        for name in ("ResumeSession", "TerminateSession")
    },
    "CreateActivation": Row(_create_activation, _PAGE),
    "DeleteParameters": Row(_delete_parameters, _PAGE),
    "GetParameter": Row(_get("GetParameter", several=False), _PARAMETERS),
    "GetParameters": Row(_get("GetParameters", several=True), _PARAMETERS),
    "GetParametersByPath": Row(_by_path, _PARAMETERS),
    "PutParameter": Row(_put_parameter, _PARAMETERS),
    "SendCommand": Row(_send_command, _COMMANDS),
    "StartSession": Row(_start_session, _SESSIONS),
    "UpdateServiceSetting": Row(_update_setting, _HOSTS),
}
