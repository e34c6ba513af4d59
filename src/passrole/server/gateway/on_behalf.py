"""Calls with which a backend does something else with rights of its own, of which the caller is not asked.

AWS does these with the caller's permissions: a stack's resources are made as if the caller had called each service.
A backend asks nobody. What such a call comes to is not among its questions, and so it is refused.
Sources: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html>,
<https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/overview.html>,
<https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html>.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passrole.activity.bind.model import ApiCall, Refused, Why

_MAKES: Final = (
    "it makes, changes or deletes resources of other services, each of which the caller would have to be allowed"
)
_TAGS: Final = "it changes the tags of other services' resources, each of which the caller would have to be allowed"
_OBJECTS: Final = "it reads or writes objects of Amazon S3 for the caller, which the caller would have to be allowed"

_ALWAYS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "athena": (_OBJECTS, frozenset({"StartQueryExecution"})),
    "cloudcontrol": (_MAKES, frozenset({"CreateResource", "DeleteResource", "UpdateResource"})),
    "cloudformation": (
        _MAKES,
        frozenset(
            {
                "CreateChangeSet",
                "CreateStack",
                "CreateStackInstances",
                "CreateStackRefactor",
                "DeleteStack",
                "DeleteStackInstances",
                "DeleteStackSet",
                "ExecuteChangeSet",
                "ExecuteStackRefactor",
                "ImportStacksToStackSet",
                "RollbackStack",
                "UpdateStack",
                "UpdateStackInstances",
                "UpdateStackSet",
            }
        ),
    ),
    "dynamodb": (_OBJECTS, frozenset({"ExportTableToPointInTime", "ImportTable"})),
    "logs": (_OBJECTS, frozenset({"CreateExportTask"})),
    "resourcegroupstaggingapi": (_TAGS, frozenset({"TagResources", "UntagResources"})),
    "sagemaker-runtime": (_OBJECTS, frozenset({"InvokeEndpointAsync"})),
    "serverlessrepo": (_MAKES, frozenset({"CreateCloudFormationChangeSet"})),
    "servicecatalog": (
        _MAKES,
        frozenset(
            {
                "ExecuteProvisionedProductPlan",
                "ExecuteProvisionedProductServiceAction",
                "ProvisionProduct",
                "TerminateProvisionedProduct",
                "UpdateProvisionedProduct",
            }
        ),
    ),
}

_WITH: Final[Mapping[str, frozenset[str]]] = {
    "cloudformation": frozenset({"TemplateURL"}),
    "sagemaker": frozenset({"PipelineDefinitionS3Location"}),
}
"""Parameters that name an object of Amazon S3 that is read, in whatever call of the service they stand."""


def done_on_behalf(call: ApiCall) -> Refused | None:
    """Why the questions of a call would not be all that it asks; None for a call of which nothing such is known."""
    reason, operations = _ALWAYS.get(call.service, ("", frozenset()))
    if call.operation in operations:
        return Refused(Why.NOT_KNOWN, reason)
    if any(call.parameters.get(each) for each in _WITH.get(call.service, ())):
        return Refused(Why.NOT_KNOWN, _OBJECTS)
    return None
