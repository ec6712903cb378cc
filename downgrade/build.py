"""A build backend that builds with another one and lowers the wheels (PEP 517, PEP 660).

    [build-system]
    requires = ["paddlefx", "setuptools"]
    build-backend = "downgrade.build"

    [tool.downgrade]
    target = "3.8"
    backend = "setuptools.build_meta"     # the default; or "hatchling.build", ...

Source distributions and editable installs keep the source as it is written; a wheel that is built
from either is lowered.
"""

from __future__ import annotations

import importlib
import pathlib
import sys
from typing import Any, Dict, List, Optional

from .configuration import ConfigurationError, configure, read_toml
from .targets import show
from .wheel import WheelError, lower_wheel

_DEFAULT = "setuptools.build_meta"
Settings = Optional[Dict[str, Any]]


def _backend() -> Any:
    """The backend that builds.

    Raises:
        ConfigurationError: there is no such module, or ``backend`` is this one.
    """
    data = read_toml(pathlib.Path("pyproject.toml"))
    name = data.get("tool", {}).get("downgrade", {}).get("backend", _DEFAULT)
    module, _, attribute = name.partition(":")
    if module == __name__:
        raise ConfigurationError(
            "[tool.downgrade] backend must be the one that downgrade.build wraps"
        )
    try:
        found: Any = importlib.import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f"[tool.downgrade] backend {name!r} can't be imported ({error}): add the package that "
            "has it to requires in [build-system]"
        ) from error
    for part in attribute.split(".") if attribute else ():
        found = getattr(found, part)
    return found


def _optional(hook: str, missing: Any, *args: Any) -> Any:
    function = getattr(_backend(), hook, None)
    return missing if function is None else function(*args)


def get_requires_for_build_wheel(config_settings: Settings = None) -> List[str]:
    """What the other backend needs for a wheel."""
    found: List[str] = _optional("get_requires_for_build_wheel", [], config_settings)
    return found


def get_requires_for_build_sdist(config_settings: Settings = None) -> List[str]:
    """What the other backend needs for a source distribution."""
    found: List[str] = _optional("get_requires_for_build_sdist", [], config_settings)
    return found


def get_requires_for_build_editable(config_settings: Settings = None) -> List[str]:
    """What the other backend needs for an editable install."""
    found: List[str] = _optional("get_requires_for_build_editable", [], config_settings)
    return found


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None
) -> str:
    """Build a wheel, and lower it for ``[tool.downgrade] target``.

    There is no hook for metadata alone, as what lowered code requires is known behind the build;
    installers then build the wheel to read it.

    Raises:
        WheelError: something can't be lowered; the wheel is deleted.
    """
    del metadata_directory
    configuration = configure(pathlib.Path.cwd(), {})
    name: str = _backend().build_wheel(wheel_directory, config_settings)
    path = pathlib.Path(wheel_directory) / name
    try:
        report = lower_wheel(path, configuration)
    except WheelError:
        path.unlink()
        raise
    for file in report.files:
        for message in file.messages:
            if message.loss:
                place = f"{file.path}:{message.line}"
                sys.stderr.write(f"downgrade: {place}: warning: {message.text}\n")
    changed = sum(one.changed for one in report.files)
    required = f"; requires {', '.join(report.required)}" if report.required else ""
    sys.stderr.write(
        f"downgrade: {changed} of {len(report.files)} modules lowered to "
        f"{show(configuration.target)}{required}\n"
    )
    return name


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Build a source distribution: the source as it is written."""
    found: str = _backend().build_sdist(sdist_directory, config_settings)
    return found


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None
) -> str:
    """Install the source as it is written; the running Python has to be able to read it."""
    found: str = _backend().build_editable(wheel_directory, config_settings, metadata_directory)
    return found
