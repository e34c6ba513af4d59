"""A conformance case as the input of iam-simulate's `runSimulation`, from the documents as the case file has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from passrole.engine.conformance import Case
from passrole.engine.implied_keys import implied_keys
from passrole.engine.principals import account_of, implied_context
from passrole.engine.request import PrincipalType, Request

BEYOND = ("aws-managed-keys", "kms-grants", "management-account", "several-authorizations")
"""What a case may need and the package has no input for."""


class CannotAsk(Exception):
    """The package has no input for what the case says."""


def raw_cases(text: str) -> dict[str, Mapping[str, Any]]:
    """The cases of a file of either format by id, as parsed JSON."""
    if '"passrole-conformance-1"' in text:
        cases = json.loads(text)["cases"]
    else:
        cases = [json.loads(line) for line in text.splitlines() if line.strip()]
    return {case["id"]: case for case in cases}


def simulation_of(raw: Mapping[str, Any], case: Case) -> dict[str, object]:
    """Raises CannotAsk. `case` is the same case as passrole reads it: for the keys that AWS fills itself."""
    for need in raw.get("needs", ()):
        if need in BEYOND:
            raise CannotAsk(need)
    if case.request.unknown_keys:
        raise CannotAsk("unknown condition keys")
    given = raw.get("input", raw)
    layers = given["policies"]
    identity = _documents(layers, "identity") or []
    boundary, endpoint = _documents(layers, "boundary"), _documents(layers, "endpoint")
    simulation: dict[str, object] = {
        "request": _request(case.request, json.dumps(layers).lower()),
        "identityPolicies": _named(identity),
        "serviceControlPolicies": _levels(layers, "scps"),
        "resourceControlPolicies": _levels(layers, "rcps"),
        "resourcePolicy": _only(_documents(layers, "resource"), "resource-based policies"),
        "sessionPolicy": _only(_documents(layers, "session"), "session policies"),
        "permissionBoundaryPolicies": None if boundary is None else _named(boundary),
        "vpcEndpointPolicies": None if endpoint is None else _named(endpoint),
    }
    if given.get("s3_block_public_access", {}).get("restrict_public_buckets"):
        simulation["additionalSettings"] = {"s3": {"blockPublicAccess": True}}
    return {name: value for name, value in simulation.items() if value is not None}


def _request(request: Request, policies: str) -> dict[str, object]:
    principal = request.principal
    anonymous = principal.type is PrincipalType.ANONYMOUS
    context = {key: value if isinstance(value, str) else list(value) for key, value in request.context.items()}
    present = {key.lower() for key in context}
    # The package leaves it to its caller to fill in what AWS fills in. Other keys it would only call unknown.
    for key, value in {**implied_keys(request), **implied_context(principal)}.items():
        if key not in present and key in policies and isinstance(value, str | tuple):
            context[key] = value if isinstance(value, str) else list(value)
    return {
        "principal": {"type": "Anonymous"} if anonymous else principal.arn,
        "action": request.action,
        "resource": {
            "resource": request.resource,
            "accountId": request.resource_account or account_of(principal) or "",
        },
        "contextVariables": context,
    }


def _documents(layers: Mapping[str, Any], name: str) -> list[object] | None:
    value = layers.get(name)
    if isinstance(value, dict) and "unknown" in value:
        raise CannotAsk("unknown layer")
    if value == [] and name in ("boundary", "session", "endpoint"):
        raise CannotAsk(f"{name} without a policy")
    return [value] if isinstance(value, dict) else value


def _levels(layers: Mapping[str, Any], name: str) -> list[object]:
    levels: list[object] = []
    for level in layers.get(name) or ():
        if "unknown" in level:
            raise CannotAsk("unknown layer")
        documents = [one for one in level["policies"] if name != "rcps" or not _is_full_access(one)]
        levels.append({"orgIdentifier": level["level"], "policies": _named(documents)})
    return levels


def _is_full_access(document: Mapping[str, Any]) -> bool:
    """RCPFullAWSAccess: the package adds it at each level itself, and refuses it as input."""
    statements = document.get("Statement")
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return all(
        isinstance(one, dict) and {**one, "Principal": "*"} == everything
        for one in (statements if isinstance(statements, list) else [statements])
    )


def _named(documents: list[object]) -> list[object]:
    return [{"name": f"policy {number}", "policy": document} for number, document in enumerate(documents, 1)]


def _only(documents: list[object] | None, what: str) -> object | None:
    if documents is not None and len(documents) > 1:
        raise CannotAsk(f"several {what}")
    return documents[0] if documents else None
