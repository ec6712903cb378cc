"""``python -m paddlefx backends``: the backends, which of them are here, and their options."""

from __future__ import annotations

import argparse
import importlib.metadata
import inspect
import json
import sys
from typing import Any, Dict, List

from ..errors import CompilerNotFoundError
from .terminal import Line, add_color_option, show

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Register the command with argparse."""
    parser = commands.add_parser(
        "backends",
        help="print which backends are here, and their options",
        description="Print the backends that optimize(backend=...) takes: which are here, with "
        "their versions, what graphs each is for, its options, and what installs it. "
        "Backends are imported for this; the status is 0 whether they are here or not.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_color_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run it; the exit status is 0."""
    from ..compiler import known  # not at the top: other commands do without the C extension

    found = [describe(name) for name in known()]
    if options.json:
        json.dump(found, sys.stdout, indent=2, default=repr)
        sys.stdout.write("\n")
        return 0
    lines: List[Line] = []
    for backend in found:
        lines.extend(_lines(backend))
    show(lines, options.color, sys.stdout)
    return 0


def describe(name: str) -> Dict[str, Any]:
    """What is known of a backend, as JSON can hold it.

    ``here``: whether it can be used; if not, ``missing`` says why and ``install`` what helps.
    """
    from ..compiler import registry
    from ..compiler.base import CallableCompiler, Compiler

    row = registry.built_in(name)
    told: Dict[str, Any] = {"name": name, "here": True}
    if row is not None:
        told["summary"] = row.summary
        told["packages"] = {package: _version(package) for package in row.packages}
    try:
        compiler = registry.get(name)
    except CompilerNotFoundError as error:
        return {**told, "here": False, "missing": error.reason, "install": error.hint}
    told["gradients"] = compiler.gives_gradients
    told["sizes that vary"] = compiler.takes_numbers
    told["weights"] = (
        "compiled in, and watched" if compiler.freezes_weights else "read in each call"
    )
    if not isinstance(compiler, CallableCompiler):
        told["options"] = {
            name: option.default for name, option in _options(type(compiler), Compiler).items()
        }
    return told


def _options(cls: Any, base: Any) -> Dict[str, inspect.Parameter]:
    """The options of a backend's class, those that it hands on to the base class behind its own."""
    parameters = inspect.signature(cls).parameters.values()
    options = {one.name: one for one in parameters if one.kind is one.KEYWORD_ONLY}
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        options.update(inspect.signature(base).parameters)
    return options


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _lines(backend: Dict[str, Any]) -> List[Line]:
    summary = backend.get("summary", "from another package")
    lines: List[Line] = [
        [(backend["name"], "title" if backend["here"] else "note"), (f"  {summary}", "")]
    ]
    packages = ", ".join(
        f"{name} {version}" for name, version in backend.get("packages", {}).items()
    )
    if packages:
        lines.append([(f"    {packages}", "")])
    if not backend["here"]:
        lines.append([("    not available: ", "bad"), (backend["missing"], "")])
        if backend["install"]:
            lines.append([(f"    {backend['install']}", "")])
        return lines
    does = [
        "trains" if backend["gradients"] else "inference only",
        "sizes may vary" if backend["sizes that vary"] else "one form for each size",
        f"weights {backend['weights']}",
    ]
    lines.append([("    available: ", "good"), ("; ".join(does), "")])
    options = backend.get("options", {})
    if options:
        shown = ", ".join(f"{name}={default!r}" for name, default in options.items())
        lines.append([(f"    options: {shown}", "note")])
    return lines
