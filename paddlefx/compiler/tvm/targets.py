"""What TVM compiles for."""

from __future__ import annotations

import os
from typing import Any, Dict, Mapping, Union

from tvm.target import Target, codegen

from ...errors import CompileError

__all__ = ["target_of"]


def target_of(target: Union[str, Mapping[str, Any], Target]) -> Target:
    """A target from what users write.

    Args:
        target: a kind with options as in ``"llvm -mcpu=core-avx2"``, which TVM 0.27 itself takes
            no more; or a mapping, or a Target. Without ``num-cores`` it is the machine's number.

    Raises:
        CompileError: TVM knows no such target.
    """
    if isinstance(target, Target):
        return target
    try:
        options = _options(target) if isinstance(target, str) else dict(target)
        if options.get("kind") == "llvm":
            options.setdefault("num-cores", os.cpu_count() or 1)
            if options.get("mcpu") == "native":  # which LLVM as TVM has it takes for a name
                options["mcpu"] = codegen.llvm_get_system_cpu()
        return Target(options)
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        lines = str(error).strip().splitlines()
        raise CompileError(
            f"TVM takes no target {target!r}: {lines[-1] if lines else type(error).__name__}",
            hint="for example 'llvm', 'llvm -mcpu=core-avx2' or {'kind': 'llvm', 'mcpu': 'native'}",
        ) from error


def _options(text: str) -> Dict[str, Any]:
    kind, *words = text.split()
    options: Dict[str, Any] = {"kind": kind}
    for word in words:
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or not name:
            raise ValueError(f"{word!r} is no option")
        # The options of a list are separated by commas (-mattr=+avx2,+fma).
        options[name] = _value(name, value) if equals else True
    return options


def _value(name: str, value: str) -> Any:
    if name in ("mattr", "keys", "libs"):
        return value.split(",")
    return int(value) if value.isdigit() else value
