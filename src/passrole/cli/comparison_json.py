"""What a comparison of policies found, in JSON."""

from __future__ import annotations

from passrole.cli.decision_json import ref_value
from passrole.engine.decision import Decision
from passrole.engine.request import Principal, PrincipalType
from passrole.prover.compare import Comparison
from passrole.prover.prove import Proof
from passrole.prover.witness import Witness


def comparison_value(comparison: Comparison) -> dict[str, object]:
    """The relation of the new policy to the old, requests as witnesses, and what the answer rests on."""
    common = comparison.common
    return {
        "relation": comparison.relation.value,
        "certainty": comparison.certainty.value,
        "witnesses": [
            *(_witness_value(one, "new") for one in comparison.gained),
            *(_witness_value(one, "old") for one in comparison.lost),
            *((_witness_value(common, "both"),) if common else ()),
        ],
        "assumptions": list(comparison.assumptions),
        "undecided_because": list(comparison.undecided_because),
    }


def proof_value(proof: Proof) -> dict[str, object]:
    """Whether a policy keeps to a rule; if not, with requests that it allows and should not."""
    return {
        "rule": proof.rule,
        "verdict": proof.verdict.value,
        "certainty": proof.certainty.value,
        "witnesses": [_request_value(one) | {"decision": decision_of(one.new)} for one in proof.witnesses],
        "assumptions": list(proof.assumptions),
        "undecided_because": list(proof.undecided_because),
    }


def _witness_value(witness: Witness, allowed_by: str) -> dict[str, object]:
    return {
        "allowed_by": allowed_by,
        **_request_value(witness),
        "old": decision_of(witness.old),
        "new": decision_of(witness.new),
    }


def _request_value(witness: Witness) -> dict[str, object]:
    request = witness.request
    return {
        "principal": request.principal.arn,
        "principal_type": _kind(request.principal),
        "action": request.action,
        "resource": request.resource,
        "resource_account": request.resource_account,
        "context": {key: list(value) if isinstance(value, tuple) else value for key, value in request.context.items()},
        "absent_keys": sorted(request.absent_keys),
    }


def _kind(principal: Principal) -> str:
    return PrincipalType(principal.type).value


def decision_of(decision: Decision) -> dict[str, object]:
    return {
        "outcome": decision.outcome.value,
        "decided_by": decision.decided_by.value if decision.decided_by else None,
        "determining": [ref_value(ref) for ref in decision.determining],
    }
