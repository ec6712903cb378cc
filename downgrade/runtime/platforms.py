"""What ``sys``, ``sysconfig`` and ``platform`` say of the platform since 3.9, 3.10 and 3.13."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import Any, NamedTuple

__all__ = ["android_ver", "get_default_scheme", "ios_ver", "platlibdir"]


class AndroidVer(NamedTuple):
    """What ``android_ver`` gives."""

    release: str
    api_level: int
    manufacturer: str
    model: str
    device: str
    is_emulator: bool


class IOSVersionInfo(NamedTuple):
    """What ``ios_ver`` gives."""

    system: str
    release: str
    model: str
    is_simulator: bool


def _folder() -> str:
    if sys.platform == "win32":
        return "DLLs"
    return os.path.basename(os.path.dirname(sysconfig.get_path("platstdlib"))) or "lib"


platlibdir = _folder()


def get_default_scheme() -> Any:
    """``sysconfig.get_default_scheme`` of 3.10."""
    module: Any = sysconfig
    older = getattr(module, "_get_default_scheme", None)
    return older() if older else module.get_default_scheme()


def android_ver(
    release: str = "",
    api_level: int = 0,
    manufacturer: str = "",
    model: str = "",
    device: str = "",
    is_emulator: bool = False,
) -> Any:
    """``platform.android_ver`` of 3.13: before, ``sys.platform`` is never ``android``."""
    return AndroidVer(release, api_level, manufacturer, model, device, is_emulator)


def ios_ver(
    system: str = "", release: str = "", model: str = "", is_simulator: bool = False
) -> Any:
    """``platform.ios_ver`` of 3.13: before, ``sys.platform`` is never ``ios``."""
    return IOSVersionInfo(system, release, model, is_simulator)
