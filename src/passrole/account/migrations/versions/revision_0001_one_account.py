"""One account in a file: the schema of the first passrole, whose files had a number of their own for it."""

from __future__ import annotations

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: a file of this version is there already, and a new one is made from `tables.metadata`."""
