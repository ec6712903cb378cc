"""Lowers the standard library: ``python -m tests.downgrade.stdlib_lowered PYTHON3.8 OUT [--lossy]``.

Every file of the running interpreter's library (tests included) must be unchanged, or lowered to
what PYTHON3.8 compiles, or named with a place and a reason; none may crash. With ``--lossy`` those
that are named have to compile, too. Files that this interpreter doesn't compile are bad on purpose.
Exits with 1 and says which files aren't so.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import sysconfig
import warnings
from typing import List, Set

#: CPython 3.8 itself can't compile these, whatever their syntax: the file -> why.
FAULTS_OF_3_8 = {"test/test_named_expressions.py": "private names of := in a comprehension"}
#: Run by the oldest Python: prints the paths, one a line, that it doesn't compile.
_COMPILE = """
import sys, warnings
warnings.simplefilter("ignore")
for path in sys.stdin.read().splitlines():
    try:
        with open(path, "rb") as file:
            compile(file.read(), path, "exec", dont_inherit=True)
    except Exception as error:
        print(path, type(error).__name__, str(error)[:100], sep="\\t")
"""


def not_compiled(python: str, paths: List[pathlib.Path]) -> List[List[str]]:
    """The path, the error's class and its text of each file that ``python`` doesn't compile."""
    run = subprocess.run(
        [python, "-c", _COMPILE],
        input="\n".join(map(str, paths)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [line.split("\t") for line in run.stdout.splitlines()]


def main() -> int:
    """Lower, compile, compare."""
    python, out = sys.argv[1], pathlib.Path(sys.argv[2])
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    command = [sys.executable, "-m", "downgrade", str(library), "--target", "3.8"]
    command += ["--out", str(out), "--no-cache", "--report", "json", *sys.argv[3:]]
    for folder in ("site-packages", "lib2to3", "idlelib"):
        command += ["--exclude", f"{folder}/*"]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if run.returncode not in (0, 2):
        return run.returncode
    report = json.loads(run.stdout)
    named: Set[str] = {
        str(pathlib.Path(file["path"]).resolve().relative_to(library.resolve()))
        for file in report["files"]
        if any(message["error"] for message in file["messages"])
    }
    lossy = sum(any(message["loss"] for message in file["messages"]) for file in report["files"])
    warnings.simplefilter("ignore")
    lowered = sorted((out / library.name).rglob("*.py"))
    bad = {path for path, *_ in not_compiled(sys.executable, lowered)}
    failed = 0
    for path, kind, text in not_compiled(python, lowered):
        name = str(pathlib.Path(path).relative_to(out / library.name))
        if path not in bad and name not in named and name not in FAULTS_OF_3_8:
            print(f"{name}: {kind}: {text}")
            failed += 1
    said = f"{len(lowered)} files, {len(named)} named, {lossy} with losses"
    print(f"{said}, {len(bad)} bad on purpose, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
