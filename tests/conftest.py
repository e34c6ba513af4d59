"""Options of the tests."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-stop", action="store_true", help="stop apply and destroy at every call they make, not at a sample"
    )
