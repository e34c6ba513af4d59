"""What a person needs to point AWS clients at a served account: the `export` lines and the message at its start."""

from __future__ import annotations

import shlex
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
            "AWS_DEFAULT_REGION": self.region,
        }

    def export_lines(self) -> str:
        """Lines for a POSIX shell. They also take back what would win over them: a session token, another region."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.variables().items()]
        # AWS_REGION goes before AWS_DEFAULT_REGION, a profile before keys in some clients, a token would not fit.
        return "\n".join([*lines, "unset AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"])


def start_message(
    *,
    account_id: str,
    account_file: Path,
    endpoint_url: str,
    environment: ClientEnvironment | None,
    reachable_from_other_machines: bool,
) -> str:
    """What `passrole serve` says first. With `environment`, the account is new and its secret is told this once."""
    lines = [
        f"account {account_id} in {account_file}",
        f"IAM and STS at {endpoint_url}",
        "enforcement is ON: every call is authenticated and authorized",
    ]
    if reachable_from_other_machines:
        lines.append("warning: other machines can reach this address, and HTTP hides nothing from the network between")
    if environment is None:
        lines.append(
            f"for the administrator's export lines: passrole env --account-file {shlex.quote(str(account_file))}"
        )
    else:
        lines += ["", environment.export_lines(), "", f"note: {OLD_CLIENTS_WARNING}"]
    return "\n".join(lines)
