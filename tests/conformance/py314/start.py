"""What ``python`` does with its arguments, for python.mjs; the last line is the exit code."""

from __future__ import annotations

import asyncio
import os
import runpy
import sys
import traceback
from typing import List


class Loop(asyncio.BaseEventLoop):
    """An event loop without sockets, which WebAssembly does not have: timers and callbacks."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    def select(self, timeout: object) -> List[object]:
        """Nothing ever arrives."""
        return []

    def _process_events(self, events: List[object]) -> None:
        assert not events

    def _write_to_self(self) -> None:
        """Nobody waits in select."""


def start(arguments: List[str]) -> int:
    """Run a module or a file as ``__main__``; the exit code."""
    sys.dont_write_bytecode = True
    # the library as files, of what is imported already too
    archive = next(entry for entry in sys.path if entry.endswith(".zip"))
    sys.path[sys.path.index(archive)] = "/stdlib"
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(archive):
            module.__file__ = file.replace(archive, "/stdlib", 1)
    asyncio._set_running_loop(None)  # JavaScript's, which can't be run from here
    asyncio.new_event_loop = Loop
    sys.path_importer_cache.clear()  # PYTHONPATH's directories were not mounted at the start
    try:
        if arguments[0] == "-m":
            sys.path[0] = os.getcwd()
            sys.argv = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        elif arguments[0] == "-c":
            sys.path[0] = os.getcwd()
            sys.argv = ["-c", *arguments[2:]]
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return int(error.code or 0)
        print(error.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


os.chdir(os.environ.get("PWD", "/"))
start(started_with)  # noqa: F821  (python.mjs sets it)
