"""What a person needs to point AWS clients at a served account: the `export` lines and the message at its start."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

OLD_CLIENTS_WARNING = (
    "clients too old to know AWS_ENDPOINT_URL (AWS CLI before 1.29.0 and 2.13.0, boto3 before 1.28.0) would call real "
    "AWS: give them --endpoint-url"
)
"""Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints"
<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>."""


@dataclass(frozen=True, slots=True)
class ClientEnvironment:
    """The settings of a client that calls the served account as its administrator."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "us-east-1"

    def variables(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            # The AWS CLI v1 and boto3 read the second of them only, all other clients the first only or first
            # <https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html>.
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def export_lines(self) -> str:
        """Lines for a POSIX shell. They also take back what would win over them: a session token, a profile."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.variables().items()]
        # A profile goes before keys in some clients, a token would not fit.
        return "\n".join([*lines, "unset AWS_SESSION_TOKEN AWS_PROFILE AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"])


@dataclass(frozen=True, slots=True)
class Started:
    """What a server that has started tells. With `environment`, the file is new and its secret is told this once.

    `account_ids` begins with the one that is meant where none is named.
    """

    account_ids: Sequence[str]
    account_file: Path
    endpoint_url: str
    environment: ClientEnvironment | None
    organization_id: str | None = None
    reachable_from_other_machines: bool = False
    unsafe_test_credentials: bool = False
    enforcement: Sequence[str] = ()
    backend: str | None = None
    """What carries out calls to other services than IAM and STS; None where they are not answered."""

    def message(self) -> str:
        env = f"passrole env --account-file {shlex.quote(str(self.account_file))}"
        lines = [f"account {self.account_ids[0]} in {self.account_file}"]
        if len(self.account_ids) > 1:
            lines.append(f"and {len(self.account_ids) - 1} more: {', '.join(self.account_ids[1:])}")
        if self.organization_id is not None:
            lines.append(f"organization {self.organization_id}: its policies apply to every account in it")
        lines += [
            f"{'all of AWS' if self.backend else 'IAM and STS'} at {self.endpoint_url}",
            *([self.backend] if self.backend else []),
            *self.enforcement,
        ]
        if self.reachable_from_other_machines:
            lines.append(
                "warning: other machines can reach this server, and HTTP hides nothing from the network between"
            )
        if self.unsafe_test_credentials:
            lines.append(
                "warning: UNSAFE test credentials are on: whoever signs with test/test or testing/testing is the "
                "administrator, and the log of decisions marks it"
            )
        if self.environment is None:
            lines.append(f"for the administrator's export lines: {env}")
        else:
            lines += ["", self.environment.export_lines(), "", f"note: {OLD_CLIENTS_WARNING}"]
        if len(self.account_ids) > 1:
            lines.append(f"for another account's: {env} --account-id {self.account_ids[1]}")
        return "\n".join(lines)
