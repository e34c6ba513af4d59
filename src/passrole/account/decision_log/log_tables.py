"""The tables of the log. They are dropped and made anew when their version changes: a log can be lost."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text

LOG_VERSION = 2
metadata = MetaData()

log_version = Table("log_version", metadata, Column("version", Integer, primary_key=True))

events = Table(
    "events",
    metadata,
    # The order in which they were written; the oldest go first.
    Column("number", Integer, primary_key=True),
    Column("event_id", Text, nullable=False, index=True),
    Column("request_id", Text, nullable=False, index=True),
    Column("denied", Boolean, nullable=False),
    # SHA-256 of the encoded authorization message that the caller was given.
    Column("message_digest", Text, index=True),
    # JSON, as CloudTrail writes an event.
    Column("event", Text, nullable=False),
    # JSON: what the call asked of the engine, each with the id of its stack.
    Column("questions", Text, nullable=False),
)

# Requests whose caller could not be told, apart from the others: anyone can make them.
failures = Table(
    "failures",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("event_id", Text, nullable=False, index=True),
    Column("request_id", Text, nullable=False, index=True),
    Column("event", Text, nullable=False),
)

# Policies are the same for many calls: each document and each stack is kept once, by its SHA-256.
stacks = Table(
    "stacks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("layers", Text, nullable=False),
    # No event after this one asked it: with that event it goes.
    Column("last_event", Integer, nullable=False, index=True),
)
stack_documents = Table(
    "stack_documents",
    metadata,
    Column("stack_id", Text, primary_key=True),
    Column("document_id", Text, primary_key=True, index=True),
)
documents = Table("documents", metadata, Column("id", Text, primary_key=True), Column("text", Text, nullable=False))

# When a user or role last asked for each action, allowed or not.
uses = Table(
    "uses",
    metadata,
    Column("entity_id", Text, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("used_at", Integer, nullable=False),
    Column("region", Text, nullable=False),
)
