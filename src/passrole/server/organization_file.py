"""An organization from a TOML file: units, accounts, and the policies over them; every mistake with its place.

management-account = "111122223333"

[units.workloads]
service-control-policies = ["only-europe"]

[accounts.444455556666]
unit = "workloads"

[policies.only-europe]
file = "only-europe.json"
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from passrole.account.organization_tree import (
    FULL_ACCESS,
    FULL_ACCESS_DOCUMENT,
    RCP_FULL_ACCESS,
    RCP_FULL_ACCESS_DOCUMENT,
    OrganizationTree,
    Target,
)
from passrole.errors import Diagnostic, Severity, UsageError
from passrole.policy.grammar import check_grammar
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy
from passrole.recipes.codes import REFERENCE
from passrole.recipes.problems import Problems, did_you_mean
from passrole.recipes.shape import check_shape, load_schema
from passrole.recipes.toml_tables import Table
from passrole.recipes.toml_text import parse_toml, read_file

DEEPEST_UNIT = 5
"""Units in one another below the root. Source: AWS Organizations User Guide, "Quotas and service limits"
<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>"""

_KEYS = {PolicyType.SCP: "service-control-policies", PolicyType.RCP: "resource-control-policies"}


class OrganizationFileError(UsageError):
    """The file cannot be used: `diagnostics` lists every problem with its place."""


def read_organization(path: Path) -> OrganizationTree:
    """Raises OrganizationFileError."""
    file = str(path)
    problems = Problems()
    document = parse_toml(read_file(path, OrganizationFileError), file, problems, OrganizationFileError)
    check_shape(document.value, load_schema("organization-file.schema.json"), document.positions, problems)
    _refuse(problems, file)
    tree = _Reader(document, path.parent, problems).tree()
    _refuse(problems, file)
    return tree


def _refuse(problems: Problems, file: str) -> None:
    if problems.found:
        raise OrganizationFileError(problems.summary(f"in `{file}`"), diagnostics=problems.in_reading_order())


class _Reader:
    """Reads a document whose shape is right."""

    def __init__(self, document: Table, folder: Path, problems: Problems) -> None:
        self._document = document
        self._problems = problems
        self._units = dict(document.named("units"))
        self._texts = {name: self._text(table, folder) for name, table in document.named("policies")}
        self._checked: set[tuple[str, PolicyType]] = set()

    def tree(self) -> OrganizationTree:
        management = self._document.text("management-account")
        organization_id = self._document.text("id") or f"o-{_made_up(management, 10)}"
        root_id = self._document.text("root-id") or f"r-{_made_up(organization_id, 4)}"
        unit_ids = {
            name: table.text("id") or f"ou-{root_id[2:]}-{_made_up(f'{organization_id}/{name}', 8)}"
            for name, table in self._units.items()
        }
        targets = [self._target(root_id, "root", None, self._document.inner("root"))]
        for name, table in self._units.items():
            self._refuse_circle(name, table)
            parent = self._unit(table, "parent", unit_ids, root_id)
            targets.append(self._target(unit_ids[name], name, parent, table))
        accounts = dict(self._document.named("accounts"))
        if management not in accounts:
            targets.append(
                self._target(management, "management", root_id, self._document.inner("accounts", management))
            )
        for account_id, table in accounts.items():
            parent = self._unit(table, "unit", unit_ids, root_id)
            targets.append(self._target(account_id, table.text("name", account_id), parent, table))
        for name, table in self._units.items():
            if sum(target.id == unit_ids[name] for target in targets) > 1:
                table.add(REFERENCE, f"two units have the id `{unit_ids[name]}`", "id")
        return OrganizationTree(organization_id, management, {target.id: target for target in targets})

    def _target(self, id: str, name: str, parent_id: str | None, table: Table) -> Target:  # noqa: A002
        full = table.value.get("full-access") is not False
        return Target(
            id,
            name,
            parent_id,
            ({FULL_ACCESS: FULL_ACCESS_DOCUMENT} if full else {}) | self._attached(table, PolicyType.SCP),
            {RCP_FULL_ACCESS: RCP_FULL_ACCESS_DOCUMENT} | self._attached(table, PolicyType.RCP),
        )

    def _attached(self, table: Table, type: PolicyType) -> dict[str, str]:  # noqa: A002
        attached: dict[str, str] = {}
        for index, name in enumerate(table.words(_KEYS[type])):
            text = self._texts.get(name)
            if name not in self._texts:
                advice = did_you_mean(name, self._texts) or f"add it: [policies.{name}]"
                table.add(REFERENCE, f"there is no policy `{name}`", _KEYS[type], index, help_text=advice)
            elif text is not None:
                self._check(name, text, type)
                attached[name] = text
        return attached

    def _text(self, table: Table, folder: Path) -> str | None:
        """The policy's document; None when its file cannot be read, which is then a problem."""
        if "document" in table.value:
            return table.text("document")
        try:
            return (folder / table.text("file")).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is not UTF-8 text"
            table.add(REFERENCE, f"`{table.text('file')}` cannot be read: {reason}", "file")
            return None

    def _check(self, name: str, text: str, type: PolicyType) -> None:  # noqa: A002
        """What AWS Organizations would refuse is refused here; positions are in the policy's own text."""
        if (name, type) in self._checked:
            return
        self._checked.add((name, type))
        source = self._document.inner("policies", name).text("file") or f"policies.{name}"
        try:
            findings: tuple[Diagnostic, ...] = tuple(check_grammar(parse_policy(text, source), type))
        except PolicySyntaxError as error:
            findings = error.diagnostics
        self._problems.found += [finding for finding in findings if finding.severity is Severity.ERROR]

    def _unit(self, table: Table, key: str, unit_ids: Mapping[str, str], root_id: str) -> str:
        name = table.optional_text(key)
        if name is None:
            return root_id
        if name not in unit_ids:
            advice = did_you_mean(name, unit_ids) or f"add it: [units.{name}]"
            table.add(REFERENCE, f"there is no unit `{name}`", key, help_text=advice)
        return unit_ids.get(name, root_id)

    def _refuse_circle(self, name: str, table: Table) -> None:
        above = [name]
        while (parent := self._units[above[-1]].optional_text("parent")) in self._units:
            assert parent is not None, "None is no unit"
            if parent in above:
                table.add(REFERENCE, f"the unit `{name}` is below itself", "parent")
                return
            above.append(parent)
        if len(above) > DEEPEST_UNIT:
            table.add(REFERENCE, f"the unit `{name}` is {len(above)} deep, and AWS allows {DEEPEST_UNIT}", "parent")


def _made_up(text: str, length: int) -> str:
    """An id of lower-case letters and digits that is the same whenever the file is read."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]
