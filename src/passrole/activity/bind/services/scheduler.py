"""Amazon EventBridge Scheduler: a schedule by its group, which is `default` where none is named, and its name.

Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html>,
<https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>.
"""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.rows import Table, alike, reference

PASSES: Final = {"RoleArn": "scheduler"}


def _schedule(inquiry: Inquiry) -> str:
    return inquiry.arn("scheduler", f"schedule/{inquiry.text('GroupName') or 'default'}/{inquiry.need('Name')}")


TABLE: Table = alike(
    "scheduler",
    ("CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"),
    _schedule,
    reference("amazoneventbridgescheduler"),
    "schedule",
)
