"""``python -m paddlefx``."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional


def main(arguments: Optional[List[str]] = None) -> int:
    """Run a command; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m paddlefx", description="Compile Python functions of tensors as they run."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("demo", help="compile two functions and a network, and show what happened")
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 2
    return _demo()


def _demo() -> int:
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
