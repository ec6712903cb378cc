"""``pytest -p downgrade.pytest_plugin``: packages in newer syntax under test on this Python.

    [tool.pytest.ini_options]
    addopts = "-p downgrade.pytest_plugin"
    downgrade_packages = ["modern"]

The packages are lowered when a test imports them (:mod:`downgrade.hook`). The tests themselves are
read by pytest, in this Python's own syntax.
"""

from __future__ import annotations

from typing import Any

from .hook import install


def pytest_addoption(parser: Any) -> None:
    """The setting ``downgrade_packages``."""
    parser.addini("downgrade_packages", "packages to lower on import", type="args", default=[])


def pytest_configure(config: Any) -> None:
    """Install the hook for the session."""
    finder = install(*config.getini("downgrade_packages"))
    config.add_cleanup(finder.uninstall)
