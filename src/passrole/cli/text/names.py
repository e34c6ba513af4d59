"""What a principal is called in a line of text."""

from __future__ import annotations

from passrole.engine.request import Principal, PrincipalType


def name_of(principal: Principal) -> str:
    """`user/ana`, `role/app`; what is of another account by its ARN."""
    match principal.type:
        case PrincipalType.ROOT_USER:
            return f"the root user of {principal.account}"
        case PrincipalType.ANONYMOUS:
            return "anyone (*)"
        case _:
            return principal.arn.rpartition(":")[2] if ":iam::" in principal.arn else principal.arn
