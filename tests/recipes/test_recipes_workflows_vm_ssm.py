"""The workflows of vm-import and session-manager are those of the scenarios in tests/data, step by step."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.recipes.recipe_pages import SCENARIOS, rendered

from passrole.recipes.workflow import Step, StepKind

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-12345EXAMPLE"
IMPORT = {"import_bucket": "disk-image-file-bucket", "user": "user/migrator"}
BOTH = {**IMPORT, "export_bucket": "export-bucket"}
KMS = {**IMPORT, "kms_key_arns": KEY, "kms_for_user": True}
LOGGED = {
    "logging": "both",
    "log_bucket": "s3-bucket-name",
    "log_prefix": "s3-bucket-prefix",
    "log_bucket_key_arn": KEY,
}
USER = {"user": "user/migrator"}

CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("vmie-import-image-plain", "vm-import", "import-image", IMPORT),
    ("vmie-import-image-kms-source", "vm-import", "import-image-encrypted-source", KMS),
    ("vmie-import-image-kms-ebs", "vm-import", "import-image-encrypted-volumes", KMS),
    ("vmie-import-image-license", "vm-import", "import-image-license", {**IMPORT, "license_manager": True}),
    ("vmie-import-snapshot", "vm-import", "import-snapshot", IMPORT),
    ("vmie-export-image", "vm-import", "export-image", BOTH),
    ("vmie-export-instance", "vm-import", "export-instance", BOTH),
    ("ssm-session-basic", "session-manager", "session", USER),
    ("ssm-session-kms", "session-manager", "session-encrypted", {**USER, "kms_key_arn": KEY}),
    ("ssm-session-logging", "session-manager", "session-logged", {**USER, **LOGGED}),
    ("ssm-session-logging-cross-account", "session-manager", "session-logged-elsewhere",
     {**USER, **LOGGED, "log_bucket": "central-session-logs", "log_bucket_account": "444455556666"}),
]  # fmt: skip

ACTORS = {
    "user": "user",
    "service": "service",
    "service-role": "service-role",
    "aws-account": "service-by-acl",
    "instance-role": "instance-role",
}

LEFT_OUT = {
    # `apply` and whoever attaches the profile make these calls; they are no use of what the set-up made.
    "iam:CreateInstanceProfile": "the operator's",
    "iam:AddRoleToInstanceProfile": "the operator's",
    "ec2:AssociateIamInstanceProfile": "the operator's",
}

# Tags of an example that no policy here asks for, and an id that only the account knows.
CONTEXT_LEFT_OUT = {
    "ssm:resourceTag/Finance",
    "aws:ResourceTag/Finance",
    "ssm:resourceTag/aws:ssmmessages:session-id",
}


def expected_steps(scenario_id: str) -> list[dict[str, Any]]:
    steps = SCENARIOS[scenario_id]["steps"]
    kept = [one for one in steps if one["action"] not in LEFT_OUT and one.get("only_if") != "set-up"]
    assert len(steps) - len(kept) == (4 if scenario_id.startswith("ssm") else 0)
    return kept


def in_words_of_the_scenario(step: Step) -> dict[str, Any]:
    """The step as the scenario file writes it."""
    return {
        "actor": step.actor,
        "action": step.action,
        "resources": list(step.resources),
        "context": {key: list(one) if isinstance(one, tuple) else one for key, one in step.context.items()},
        "evidence": step.evidence,
        "on_deny": list(step.on_deny),
        "denial_tolerated": step.denial_tolerated,
        "conditional": step.only_if is not None,
    }


def failures_of_a_denial(step: dict[str, Any]) -> list[str]:
    """Of the failures that the scenario names for a call, those that a policy's denial of it becomes.

    F10 is STS switched off in the Region. An instance whose report is refused is not connected (F46); that it has no
    role (F40), or that Default Host Management is passed over (F43), are other causes. A person who may not start
    sessions is told so, whether the instance is connected (F46) or not.
    """
    by_action = {"ssm:UpdateInstanceInformation": ["F39", "F46"], "ssm:StartSession": ["F47", "F48", "F49"]}
    return by_action.get(step["action"], [one for one in step.get("on_deny", []) if one != "F10"])


def wanted(step: dict[str, Any]) -> dict[str, Any]:
    context = {key: one for key, one in step.get("context", {}).items() if key not in CONTEXT_LEFT_OUT}
    if "ssm:SessionDocumentAccessCheck" in context:
        context["ssm:SessionDocumentAccessCheck"] = "true"
    # One session in the whole workflow: our instance's log is named after the operator of the examples.
    resources = step["resources"]
    if step["actor"] == "instance-role":
        resources = [one.replace("migrator-1a2b", "operator-1a2b") for one in resources]
        context = json.loads(json.dumps(context).replace("migrator-1a2b", "operator-1a2b"))
    return {
        "actor": ACTORS[step["actor"]],
        "action": step["action"],
        "resources": resources,
        "context": context,
        "evidence": step["evidence"],
        "on_deny": failures_of_a_denial(step),
        "denial_tolerated": step.get("denial_tolerated", False),
        "conditional": step.get("only_if") is not None,
    }


KINDS = {"call": StepKind.CALL, "assume": StepKind.ASSUME, "acl-check": StepKind.OUTSIDE}

# Where the recipe says more, or less, than the scenario: (scenario, number there) to what differs.
DEPARTURES: dict[tuple[str, int], dict[str, Any]] = {
    # The same call as in the other scenarios, and the same failure if it is denied.
    ("vmie-import-image-kms-ebs", 3): {"on_deny": ["F05"]},
}


@pytest.mark.parametrize(("scenario_id", "recipe", "workflow_id", "values"), CASES, ids=[case[0] for case in CASES])
def test_a_workflow_is_its_scenario(scenario_id: str, recipe: str, workflow_id: str, values: dict[str, Any]) -> None:
    (workflow,) = [one for one in rendered(recipe, **values).workflows if one.id == workflow_id]
    theirs = expected_steps(scenario_id)

    assert [step.number for step in workflow.steps] == list(range(1, len(theirs) + 1))
    for ours, scenario_step in zip(workflow.steps, theirs, strict=True):
        departure = DEPARTURES.get((scenario_id, scenario_step["n"]), {})
        assert ours.kind is KINDS[scenario_step["kind"]]
        assert in_words_of_the_scenario(ours) == {**wanted(scenario_step), **departure}


def test_every_scenario_is_a_workflow() -> None:
    assert {case[0] for case in CASES} == set(SCENARIOS)


@pytest.mark.parametrize(
    ("recipe", "values", "workflows"),
    [
        ("vm-import", {"import_bucket": "images"}, ["import-image", "import-snapshot"]),
        ("vm-import", {"import_bucket": "images", "export_bucket": "exports"},
         ["import-image", "import-snapshot", "export-image", "export-instance"]),
        ("vm-import", {"import_bucket": "images", "kms": True, "license_manager": True},
         ["import-image", "import-image-encrypted-source", "import-image-encrypted-volumes", "import-image-license",
          "import-snapshot"]),
        ("session-manager", {}, ["session"]),
        ("session-manager", {"kms_key_arn": KEY}, ["session", "session-encrypted"]),
        ("session-manager", {"logging": "cloudwatch"}, ["session", "session-logged"]),
    ],
)  # fmt: skip
def test_only_what_the_parameters_bring_about_is_replayed(
    recipe: str, values: dict[str, Any], workflows: list[str]
) -> None:
    assert [one.id for one in rendered(recipe, **values).workflows] == workflows


@pytest.mark.parametrize(
    ("logging", "service", "other"), [("s3", "s3", "logs"), ("cloudwatch", "logs", "s3")]
)  # fmt: skip
def test_logging_to_one_place_asks_nothing_of_the_other(logging: str, service: str, other: str) -> None:
    values = {"log_bucket": "logs"} if logging == "s3" else {}
    (workflow,) = [
        one for one in rendered("session-manager", logging=logging, **values).workflows if one.id == "session-logged"
    ]
    services = {step.action.split(":")[0] for step in workflow.steps}
    assert service in services
    assert other not in services
