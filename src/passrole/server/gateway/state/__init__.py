"""Stored state by service, read from the backend: tags, owners, keys and what names stand for."""
