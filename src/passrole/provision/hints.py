"""What to do about a call that failed, where the plan knows more of it than the service's answer says."""

from __future__ import annotations

from passrole.errors import PassroleError
from passrole.provision.addresses import Part
from passrole.provision.changes import Change
from passrole.provision.clients import Target
from passrole.provision.errors import NoSuchEntityError


def hint_for(err: PassroleError, change: Change, target: Target) -> str | None:
    """A hint for whoever was stopped at `change`; None when the error's own is the best there is."""
    arn = change.address.detail
    if not isinstance(err, NoSuchEntityError) or change.address.part is not Part.ATTACHED_POLICY or arn is None:
        return None
    if ":iam::aws:policy/" not in arn:
        return f"make the policy first: `{arn}` is attached, but not made, by this set-up"
    if target.kind == "endpoint":
        return (
            f"the endpoint lacks AWS's managed policy `{arn}`: load AWS's managed policies into it "
            "(moto: start it with MOTO_IAM_LOAD_MANAGED_POLICIES=true)"
        )
    return f"AWS has no managed policy `{arn}` any more, or not in this partition: see the recipe's notes"
