"""AWS Systems Manager: parameters, work on nodes, documents, maintenance windows, settings, and tags of all of them.

Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html>,
<https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.lines import Naming, reference_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import at, whole
from passrole.activity.bind.pass_role import pass_role, role_arn
from passrole.activity.bind.rows import Builder, Row, Table, alike, on, reference
from passrole.activity.bind.services import ssm_nodes, ssm_parameters
from passrole.activity.bind.services.ssm_nodes import document_arn, node_arn
from passrole.activity.bind.services.ssm_parameters import parameter_arn

_PAGE: Final = reference("awssystemsmanager")
_SESSIONS: Final = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html"
)
_HOSTS: Final = "https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html"
_API: Final = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_"

PASSES: Final = {
    "ServiceRoleArn": "ssm",
    "AutomationAssumeRole": "ssm",
    "AssociationDispatchAssumeRole": "ssm",
    "RoleArn": "ssm",
}


def _create_activation(inquiry: Inquiry) -> Iterator[Asked]:
    """The role, by name, goes to the nodes by way of Systems Manager."""
    yield inquiry.ask("ssm:CreateActivation", "*")
    yield pass_role(inquiry, role_arn(inquiry, inquiry.need("IamRole")), "ssm")


def _node_role(inquiry: Inquiry) -> Iterator[Asked]:
    """Another role for a managed node, by name."""
    arn, kind = node_arn(inquiry, inquiry.need("InstanceId"))
    role = role_arn(inquiry, inquiry.need("IamRole"))
    yield inquiry.ask("ssm:UpdateManagedInstanceRole", arn, kind)
    yield inquiry.ask("ssm:UpdateManagedInstanceRole", role, "iam-role")
    yield pass_role(inquiry, role, "ssm")


_HOST_ROLE: Final = "/ssm/managed-instance/default-ec2-instance-management-role"


def _setting_arn(inquiry: Inquiry, named: str) -> str:
    if named.startswith("arn:"):
        return whole(inquiry, named, "ssm", "servicesetting/")
    return inquiry.arn("ssm", f"servicesetting/{named.removeprefix('/')}")


def _setting(inquiry: Inquiry) -> str:
    return _setting_arn(inquiry, inquiry.need("SettingId"))


def _update_setting(inquiry: Inquiry) -> Iterator[Asked]:
    """The setting of Default Host Management hands a role, with its path, to Systems Manager."""
    yield inquiry.ask("ssm:UpdateServiceSetting", _setting(inquiry), "servicesetting")
    if inquiry.need("SettingId").endswith(_HOST_ROLE):
        yield pass_role(inquiry, role_arn(inquiry, inquiry.need("SettingValue")), "ssm")


def _manage_hosts(inquiry: Inquiry) -> Iterator[Asked]:
    """With a role of the caller's; one that Systems Manager makes has a name that the call does not tell. The role in
    `RoleArn` is passed as any other."""
    if inquiry.need("PermissionModel") != "SELF_MANAGED":
        raise CannotBindError(Why.NOT_KNOWN, "which role Systems Manager makes and gets is not in the call")
    setting = _setting_arn(inquiry, _HOST_ROLE)
    for action in ("ssm:GetServiceSetting", "ssm:UpdateServiceSetting"):
        yield inquiry.ask(action, setting, "servicesetting")
    yield inquiry.ask("iam:GetRole", role_arn(inquiry, inquiry.need("RoleArn")), "role")


def _document(inquiry: Inquiry) -> str:
    return document_arn(inquiry, inquiry.need("Name"))


def _calendars(inquiry: Inquiry) -> Iterator[Asked]:
    for named in inquiry.texts("CalendarNames"):
        yield inquiry.ask("ssm:GetCalendarState", document_arn(inquiry, named), "document")


_TAGGED: Final = {
    "Association": "association",
    "Automation": "automation-execution",
    "CloudConnector": "cloud-connector",
    "MaintenanceWindow": "maintenancewindow",
    "OpsItem": "opsitem",
    "OpsMetadata": "opsmetadata",
    "PatchBaseline": "patchbaseline",
}
_SSM: Final = Naming("ssm", reference_arn("ssm"), _PAGE, tags="ssm:AddTagsToResource")


def _tags(action: str) -> Builder:
    """Of a resource whose type a parameter says."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        of_type, named = inquiry.need("ResourceType"), inquiry.need("ResourceId")
        if of_type == "Document":
            arn, kind = document_arn(inquiry, named), "document"
        elif of_type == "Parameter":
            arn, kind = parameter_arn(inquiry, named), "parameter"
        elif of_type == "ManagedInstance":
            arn, kind = node_arn(inquiry, named)
        elif of_type in _TAGGED:
            kind = _TAGGED[of_type]
            arn = named if named.startswith("arn:") else _SSM.arn(inquiry, kind, named)
        else:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{of_type}` is no type of resource that has tags")
        yield inquiry.ask(f"ssm:{action}", arn, kind)

    return build


_WINDOW: Final = at("ssm", "maintenancewindow/{WindowId}")
_BASELINE: Final = at("ssm", "patchbaseline/{BaselineId}")
_ON_WINDOW: Final = """
DeleteMaintenanceWindow DescribeMaintenanceWindowExecutions DescribeMaintenanceWindowTargets
DescribeMaintenanceWindowTasks GetMaintenanceWindow GetMaintenanceWindowTask RegisterTargetWithMaintenanceWindow
RegisterTaskWithMaintenanceWindow UpdateMaintenanceWindow
"""
_LINES: Final = {
    "CancelMaintenanceWindowExecution": "maintenancewindow<WindowExecutionId",
    "DeregisterTargetFromMaintenanceWindow": "maintenancewindow=WindowId windowtarget=WindowTargetId",
    "DeregisterTaskFromMaintenanceWindow": "maintenancewindow=WindowId windowtask=WindowTaskId",
    "GetAccessToken": "opsitem=AccessRequestId",
    "GetDefaultPatchBaseline": "patchbaseline",
    "UpdateMaintenanceWindowTarget": "maintenancewindow=WindowId windowtarget=WindowTargetId",
    "UpdateMaintenanceWindowTask": "maintenancewindow=WindowId windowtask=WindowTaskId",
}
_ON_BASELINE: Final = """
DeletePatchBaseline DeregisterPatchBaselineForPatchGroup DescribeEffectivePatchesForPatchBaseline GetPatchBaseline
RegisterDefaultPatchBaseline RegisterPatchBaselineForPatchGroup UpdatePatchBaseline
"""
_ON_DOCUMENT: Final = """
CreateDocument DeleteDocument DescribeDocument DescribeDocumentPermission GetDocument ListDocumentMetadataHistory
ListDocumentVersions ModifyDocumentPermission UpdateDocument UpdateDocumentDefaultVersion UpdateDocumentMetadata
"""

TABLE: Table = {
    **ssm_parameters.TABLE,
    **ssm_nodes.TABLE,
    **_SSM.rows(_LINES),
    **alike("ssm", _ON_WINDOW.split(), _WINDOW, _PAGE, "maintenancewindow"),
    **alike("ssm", _ON_BASELINE.split(), _BASELINE, _PAGE, "patchbaseline"),
    **alike("ssm", _ON_DOCUMENT.split(), _document, _PAGE, "document"),
    **alike("ssm", ("GetServiceSetting", "ResetServiceSetting"), _setting, _PAGE, "servicesetting"),
    **{
        name: Row(on(f"ssm:{name}", at("ssm", "session/{SessionId}"), "session"), _SESSIONS)
        for name in ("ResumeSession", "TerminateSession")
    },
    **{
        name: Row(_tags(name), _PAGE) for name in ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource")
    },
    "CreateActivation": Row(_create_activation, _PAGE),
    "GetCalendarState": Row(_calendars, _PAGE),
    "RegisterDefaultHostManagementConfiguration": Row(
        _manage_hosts, f"{_API}RegisterDefaultHostManagementConfiguration.html"
    ),
    "UpdateManagedInstanceRole": Row(_node_role, _PAGE),
    "UpdateServiceSetting": Row(_update_setting, _HOSTS),
}
