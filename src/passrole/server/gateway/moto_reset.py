"""What moto stores, forgotten: dropped, and made anew when it is next asked for.

moto's own reset makes each of its backends anew before it drops them, and Amazon EC2's then reads a thousand images.
"""

from __future__ import annotations

from typing import Any, cast


def forget_everything() -> None:
    """Of every account."""
    from moto.core.base_backend import BackendDict

    kept = cast("Any", BackendDict)._instances
    for backends in kept:
        for regions in backends.values():
            _close(regions)
        backends.clear()
        getattr(backends, "bucket_accounts", {}).clear()
    kept.clear()


def forget_account(account_id: str) -> None:
    from moto.core.base_backend import BackendDict

    for backends in cast("Any", BackendDict)._instances:
        _close(backends.pop(account_id, {}))
        _forget_buckets(backends, account_id)


def _close(regions: Any) -> None:
    """The threads of AWS Batch's jobs are more than memory; so are the files of objects, which close with them."""
    for backend in regions.values():
        if backend.__class__.__name__ == "BatchBackend":
            backend.reset()


def _forget_buckets(backends: Any, account_id: str) -> None:
    """moto keeps the names of all accounts' buckets in one place: a name left there could never be taken again."""
    names: dict[str, tuple[str, str]] = getattr(backends, "bucket_accounts", {})
    for name, (_partition, owner) in [*names.items()]:
        if owner == account_id:
            del names[name]
