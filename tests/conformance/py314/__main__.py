"""Every check that real CPython 3.14 can run: ``python -m tests.conformance.py314 DIRECTORY``.

DIRECTORY has the npm package pyodide in ``node_modules`` and pure Python packages for the tests
in ``site``; ``nox -s py314`` makes both. A launcher ``python3.14`` is put there and on PATH, so
that 3.14 is one more interpreter to :mod:`tests.support.interpreters`.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time
from typing import Callable, Dict, List, Optional, Sequence

from tests.conformance.equality import Corpus, measure, plain_sources, show

__all__ = ["main"]

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
#: Where 3.13's and 3.14's programs of one source must be equal, and the least share that is.
EQUAL_TARGET = 0.98
#: What needs neither the C extension nor processes, which WebAssembly does not have.
TESTS = (
    "tests/conformance/py314/on_314.py",
    "tests/unit/opcodes",
    "tests/unit/ir",
    "tests/unit/test_decode.py",
    "tests/unit/test_emit.py",
    "tests/unit/test_emit_against_bytecode.py",
    "tests/unit/normalize",
    "tests/unit/simulator",
    "tests/property/test_translation.py",
)


class Python314:
    """The launcher, and what is run with it.

    Args:
        directory: has ``node_modules/pyodide`` and ``site``.
    """

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        launcher = directory / "bin" / "python3.14"
        launcher.parent.mkdir(exist_ok=True)
        launcher.write_text(
            "#!/bin/sh\n"
            f"PYODIDE='{directory}/node_modules/pyodide' exec node '{HERE}/python.mjs' \"$@\"\n"
        )
        launcher.chmod(0o755)
        os.environ["PATH"] = f"{launcher.parent}{os.pathsep}{os.environ['PATH']}"

    def run(self, *arguments: str) -> bool:
        """Run it in the checkout; whether it succeeds."""
        environment = dict(os.environ, PYTHONPATH=str(self.directory / "site"))
        return not subprocess.call(["python3.14", *arguments], cwd=ROOT, env=environment)


def tests(python: Python314, every: int) -> bool:
    """The unit tests of the translation layer."""
    places = ("-c", str(HERE / "pytest.ini"), "--rootdir", ".", "--confcutdir", ".")
    return python.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *places, *TESTS)


def roundtrip(python: Python314, every: int) -> bool:
    """Its whole library there and back, with hints and without."""
    command = ("-m", "tests.conformance.roundtrip", "--every", str(every))
    return all([python.run(*command, "--mode", mode) for mode in ("hints", "no-hints")])


def equality(python: Python314, every: int) -> bool:
    """3.8's library is the same programs as on 3.13."""
    corpus = Corpus("3.8's library without tests", plain_sources()[::every], ((3, 13), (3, 14)))
    report = measure(corpus)
    show(report, 1)
    return not report.failures and report.share >= EQUAL_TARGET


#: By the name that the command takes.
CHECKS: Dict[str, Callable[[Python314, int], bool]] = {
    "tests": tests,
    "roundtrip": roundtrip,
    "equality": equality,
}


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command; 1 if a check fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.py314")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"of {', '.join(CHECKS)}")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th file only")
    options = parser.parse_args(arguments)
    if shutil.which("node") is None:
        parser.error("node is not on PATH")
    python = Python314(options.directory.resolve())
    failed: List[str] = []
    for name in options.checks or CHECKS:
        started = time.time()
        print(f"== {name}", flush=True)
        if not CHECKS[name](python, options.every):
            failed.append(name)
        print(f"== {name}: {time.time() - started:.0f} s", flush=True)
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
