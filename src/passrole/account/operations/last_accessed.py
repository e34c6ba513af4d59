"""GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails(WithEntities), ListPoliciesGrantingServiceAccess.

The data are real: what users and roles asked of this account, from its log of decisions. Of other services, which an
account here does not have, nobody ever asks anything.
"""

from __future__ import annotations

from passrole.account.asks import account_wide
from passrole.account.clock import moment
from passrole.account.context import CallContext
from passrole.account.documents import parsed
from passrole.account.last_accessed import Accessor, Report, Used, find_report, keep_report, report_of, report_of_policy
from passrole.account.operation import Ask, operation
from passrole.account.pages import PageRequest, page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.service_access import services_of
from passrole.account.service_error import invalid_input, no_such_entity
from passrole.account.simulation.request import source_entity
from passrole.account.simulation.source_policy import SourcePolicy, policies_of
from passrole.catalog.actions import is_known_service, service_title
from passrole.policy.parse import PolicySyntaxError


def _about_arn(_ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    return (Ask(action, params.text("Arn")),)


@operation("iam", "GenerateServiceLastAccessedDetails", writes=True, asks=_about_arn)
def generate_service_last_accessed_details(ctx: CallContext, params: Params) -> Result:
    """The report is made at once."""
    arn, by_action = params.text("Arn"), params.optional_text("Granularity") == "ACTION_LEVEL"
    if ":policy/" in arn:
        report = report_of_policy(ctx, arn, by_action=by_action)
    else:
        report = report_of(ctx, source_entity(ctx, arn), by_action=by_action)
    return {"JobId": keep_report(ctx, report)}


@operation("iam", "GetServiceLastAccessedDetails", writes=False, asks=account_wide)
def get_service_last_accessed_details(ctx: CallContext, params: Params) -> Result:
    report = _report(ctx, params)
    request = page_request(params)
    rest = rest_of(request, list(report.services), sort_key=str)
    return {
        **_job(report),
        "JobType": "ACTION_LEVEL" if report.by_action else "SERVICE_LEVEL",
        **page(request, "ServicesLastAccessed", rest, sort_key=str, shape=lambda service: _service(report, service)),
    }


@operation("iam", "GetServiceLastAccessedDetailsWithEntities", writes=False, asks=account_wide)
def get_service_last_accessed_details_with_entities(ctx: CallContext, params: Params) -> Result:
    """The most recent access first; who never asked comes last, by name."""
    report, service = _report(ctx, params), params.text("ServiceNamespace")
    if not is_known_service(service):
        # The text is a guess.
        raise invalid_input(f"{service} is not a service namespace.")

    def key(accessor: Accessor) -> str:
        used = accessor.last_use_of(service.lower())
        return f"{10**12 - (used.at if used else 0):013d}\n{accessor.name.lower()}\n{accessor.id}"

    def shape(accessor: Accessor) -> Result:
        used = accessor.last_use_of(service.lower())
        info = {
            "Arn": accessor.arn,
            "Name": accessor.name,
            "Type": accessor.kind,
            "Id": accessor.id,
            "Path": accessor.path,
        }
        return {"EntityInfo": info} | ({} if used is None else {"LastAuthenticated": moment(used.at)})

    request = page_request(params)
    rest = rest_of(request, list(report.accessors), sort_key=key)
    return {**_job(report), **page(request, "EntityDetailsList", rest, sort_key=key, shape=shape)}


@operation("iam", "ListPoliciesGrantingServiceAccess", writes=False, asks=_about_arn)
def list_policies_granting_service_access(ctx: CallContext, params: Params) -> Result:
    sources = list(policies_of(ctx, source_entity(ctx, params.text("Arn"))))
    request = PageRequest(page_request(params).after, 100)
    rest = rest_of(request, list(dict.fromkeys(params.texts("ServiceNamespaces"))), sort_key=str)

    def shape(service: str) -> Result:
        granting = [source for source in sources if service.lower() in _services_of(source)]
        return {"ServiceNamespace": service, "Policies": [_granting(source) for source in granting]}

    return page(request, "PoliciesGrantingServiceAccess", rest, sort_key=str, shape=shape)


def _services_of(source: SourcePolicy) -> tuple[str, ...]:
    try:
        return services_of([parsed(source.document)])
    except PolicySyntaxError:
        return ()


def _granting(source: SourcePolicy) -> Result:
    if source.holder is None or source.name is None:
        return {"PolicyName": source.id, "PolicyType": "MANAGED", "PolicyArn": source.arn}
    return {
        "PolicyName": source.name,
        "PolicyType": "INLINE",
        "EntityType": source.holder.kind.value.upper(),
        "EntityName": source.holder.name,
    }


def _report(ctx: CallContext, params: Params) -> Report:
    report = find_report(ctx, params.text("JobId"))
    if report is None:
        # The code is in the API's list, the text is a guess.
        raise no_such_entity(f"The job {params.text('JobId')} cannot be found.")
    return report


def _job(report: Report) -> Result:
    made = moment(report.made_at)
    return {"JobStatus": "COMPLETED", "JobCreationDate": made, "JobCompletionDate": made}


def _service(report: Report, service: str) -> Result:
    shape: Result = {"ServiceName": service_title(service) or service, "ServiceNamespace": service}
    used = [(last.at, accessor, last) for accessor in report.accessors if (last := accessor.last_use_of(service))]
    shape["TotalAuthenticatedEntities"] = len(used)
    if used:
        _, accessor, last = max(used, key=lambda one: one[0])
        shape["LastAuthenticated"] = moment(last.at)
        shape["LastAuthenticatedEntity"] = accessor.arn
        shape["LastAuthenticatedRegion"] = last.region
        if report.by_action:
            shape["TrackedActionsLastAccessed"] = _actions(report, service)
    return shape


def _actions(report: Report, service: str) -> list[Result]:
    latest: dict[str, tuple[Accessor, Used]] = {}
    for accessor in report.accessors:
        for used in accessor.uses:
            if used.service == service and (used.action not in latest or used.at > latest[used.action][1].at):
                latest[used.action] = (accessor, used)
    return [
        {
            "ActionName": action.partition(":")[2],
            "LastAccessedEntity": accessor.arn,
            "LastAccessedTime": moment(used.at),
            "LastAccessedRegion": used.region,
        }
        for action, (accessor, used) in sorted(latest.items())
    ]
