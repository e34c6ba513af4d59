"""EC2's rows of one line each (see `lines`), with its ids and the tags of what a call makes."""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.lines import Naming
from passrole.activity.bind.rows import reference
from passrole.activity.bind.services.ec2_ids import ec2_arn, resource_of_id
from passrole.activity.bind.services.ec2_tags import create_tags

PAGE: Final = reference("amazonec2")
EC2: Final = Naming("ec2", ec2_arn, PAGE, resource_of_id, create_tags)
asking: Final = EC2.asking
rows: Final = EC2.rows
