"""`passrole data`: which of AWS's facts are shipped with this version, from where and from when."""

from __future__ import annotations

import click

from passrole.cli.command import PassroleGroup
from passrole.cli.options import output_option
from passrole.cli.output import print_json
from passrole.cli.say import say


@click.group(cls=PassroleGroup)
def data() -> None:
    """AWS's facts that passrole ships: managed policies with their versions, actions, partitions.

    \b
    Example:
      passrole data status
    """


@data.command()
@output_option
def status(output: str) -> None:
    """Print the age and the origin of the data; nothing is fetched.

    \b
    Example:
      passrole data status --output json
    """
    from passrole.catalog.data_status import data_status
    from passrole.cli.text.tables import columns, heading

    found = data_status()
    if output == "json":
        print_json(
            {
                "built": found.built.isoformat(),
                "policies": found.policies,
                "retired_policies": found.retired_policies,
                "versions": found.versions,
                "versions_without_date": found.versions_without_date,
                "synthetic_policy_ids": found.synthetic_policy_ids,
                "newest_policy_update": found.newest_policy_update.isoformat(),
                "sources": [
                    {
                        "index": s.index,
                        "name": s.name,
                        "version": s.version,
                        "sha256": s.sha256,
                        "licence": s.licence,
                        "gives": s.gives,
                    }
                    for s in found.sources
                ],
                "installed": [
                    {
                        "name": s.name,
                        "version": s.version,
                        "gives": s.gives,
                        "updated": s.updated.isoformat() if s.updated else None,
                    }
                    for s in found.installed
                ],
            }
        )
        return
    say(
        f"{found.policies} AWS managed policies of today and {found.retired_policies} retired ones, in "
        f"{found.versions} versions; built {found.built}, newest policy {found.newest_policy_update:%Y-%m-%d}"
    )
    say(
        f"{found.synthetic_policy_ids} policies have a made-up PolicyId (no package gives the real one); "
        f"{found.versions_without_date} versions have no certain date"
    )
    say(heading("Built from"))
    for line in columns([(f"{s.index} {s.name} {s.version}", s.licence, s.gives) for s in found.sources]):
        say(line)
    say(heading("Read from installed packages"))
    for line in columns(
        [(f"{s.name} {s.version}", f"of {s.updated}" if s.updated else "", s.gives) for s in found.installed]
    ):
        say(line)
