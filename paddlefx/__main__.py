"""``python -m paddlefx``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import List, Optional

from . import view
from .cli import backends, diff, dis, reemit


def main(arguments: Optional[List[str]] = None) -> int:
    """Run a command; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m paddlefx",
        description="Compile Python functions of tensors as they run, and look at bytecode.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    demo = commands.add_parser(
        "demo", help="compile two functions and a network, and show what happened"
    )
    demo.set_defaults(run=_demo)
    dis.add_command(commands)
    diff.add_command(commands)
    reemit.add_command(commands)
    view.add_command(commands)
    backends.add_command(commands)
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 2
    for stream in (sys.stdout, sys.stderr):  # source lines and names may be in any script
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # what reads the output, a pager for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _demo(_: argparse.Namespace) -> int:
    try:
        import paddle  # noqa: F401 - the demo is about its tensors
    except ImportError:
        print(
            "python -m paddlefx demo: Paddle is not installed; "
            "pip install 'paddlefx[paddle]' brings it",
            file=sys.stderr,
        )
        return 1
    from . import demo

    demo.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
