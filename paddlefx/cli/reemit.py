"""``python -m paddlefx reemit``: runs a program with every code object emitted again."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, List

if TYPE_CHECKING:
    from ..reemit.imports import ReemitHook

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Register the command with argparse."""
    parser = commands.add_parser(
        "reemit",
        usage="python -m paddlefx reemit [--count] (FILE.py | -m MODULE) [ARGUMENT ...]",
        help="run a program with every code object decoded and emitted again",
        description="Run a script, or a module as python -m does. Its code, that of every "
        "module it imports, of every function that is loaded before, and what compile, exec and "
        "eval make of source text is decoded and emitted again before it runs. A program that "
        "behaves otherwise than without has found a fault of paddlefx.",
    )
    parser.add_argument(
        "--count", action="store_true", help="say on stderr, at the end, how many code objects"
    )
    parser.add_argument("-m", dest="module", action="store_true", help="MODULE, not a file")
    parser.add_argument("program", metavar="FILE.py | MODULE", help="what to run")
    parser.add_argument(
        "arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER, help="its sys.argv[1:]"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run it; exit status 0, unless the program raises (``SystemExit`` for one)."""
    from ..reemit.imports import ReemitHook

    hook = ReemitHook(builtin=True)
    try:
        with hook:
            hook.reemit_loaded()
            start = _module if options.module else _script
            start(options.program, options.arguments, hook)
    finally:
        if options.count:
            print(
                f"{hook.again.codes} code objects of {len(hook.modules)} imported modules "
                "and of what was loaded, emitted again",
                file=sys.stderr,
            )
    return 0


def _module(name: str, arguments: List[str], hook: ReemitHook) -> None:
    sys.argv = [name, *arguments]  # runpy puts the module's file in the place of its name
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _script(path: str, arguments: List[str], hook: ReemitHook) -> None:
    """As the interpreter runs a file: its directory heads ``sys.path``, it is ``__main__``."""
    with open(path, "rb") as file:
        source = file.read()
    sys.argv = [path, *arguments]
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=sys.modules["builtins"])
    code = compile(source, path, "exec", dont_inherit=True)
    sys.modules["__main__"] = main
    exec(hook.transform(code, "__main__"), main.__dict__)
