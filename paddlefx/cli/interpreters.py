"""Other interpreters, for ``--python X.Y``: found on PATH, they compile what we read."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
from typing import Any, List, Tuple

from ..errors import PaddlefxError
from ..opcodes import SUPPORTED, table_for
from ..opcodes.table import OpcodeTable
from ..pyc import loads
from . import locate

__all__ = ["locate_in", "parse_version"]

_SECONDS = 120


def parse_version(text: str) -> OpcodeTable:
    """The table of ``"3.8"``; raises PaddlefxError if there is none."""
    match = re.fullmatch(r"(\d+)\.(\d+)", text)
    version = (int(match.group(1)), int(match.group(2))) if match else None
    if version not in SUPPORTED:
        known = ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
        raise PaddlefxError(f"no Python {text!r} is known", hint=f"supported are {known}")
    return table_for(version)


def locate_in(table: OpcodeTable, arguments: List[str]) -> List[Tuple[str, Any]]:
    """Have ``pythonX.Y`` find code objects.

    Args:
        table: of the version.
        arguments: of :func:`.locate.main`: a path, or a module and a qualified name.

    Returns:
        The code objects with their qualified names.

    Raises:
        PaddlefxError: it isn't on PATH or doesn't run.
        LocateError: it has found nothing.
    """
    name = "python" + ".".join(map(str, table.version))
    path = shutil.which(name)
    if path is None:
        raise PaddlefxError(
            f"there is no {name} on PATH",
            hint=f"install it, or give a .pyc file: {name} -m py_compile FILE.py writes one",
        )
    command = [path, "-c", inspect.getsource(locate), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PaddlefxError(f"{path} doesn't run: {error}") from error
    if done.returncode == 0:
        found: List[Tuple[str, Any]] = loads(done.stdout, table)
        return found
    try:
        fields = json.loads(done.stdout.decode())
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        crashed = bool(lines) and lines[0].startswith("Traceback")
        why = (lines[-1] if crashed else lines[0]) if lines else f"exit status {done.returncode}"
        raise PaddlefxError(
            f"{path} failed: {why}", hint=f"{name} -V must work where the command runs"
        ) from None
    raise locate.LocateError(**fields)
