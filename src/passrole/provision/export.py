"""Handing a set-up to those who do not use passrole: as JSON, or as AWS CLI commands."""

from __future__ import annotations

from passrole.provision.export_json import desired_to_value, export_json
from passrole.provision.export_shell import export_aws_cli

__all__ = ["desired_to_value", "export_aws_cli", "export_json"]
