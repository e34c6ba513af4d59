"""botocore's loader of AWS's service models, one for the process: each model's JSON is read once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.loaders import Loader


@cache
def shared_loader() -> Loader:
    """On botocore's own files only, not on the user's model folders (`~/.aws/models`, AWS_DATA_PATH).

    The wire, the validation of parameters and the clients of the embedded account all read IAM's model, which is
    most of what a cold start costs.
    """
    return private_loader()


def private_loader() -> Loader:
    """The same for whoever must not see what botocore's clients change in the models that they share."""
    from botocore.loaders import Loader

    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
