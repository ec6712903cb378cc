"""CPython's own tests of newer syntax, lowered for 3.8 and run on 3.8 to 3.11.

    python -m tests.downgrade.cpython [--new 3.13] [--modules test_patma] [--python 3.8=PATH ...]

The source of the newer version's tests is in its installation (``python3.13``). Code that a test
runs from a string is lowered when it is run. ``not_applicable.txt`` says which tests ask for
something else than the meaning of syntax and library, and why, and which are known to fail
(``gap:``); all others have to pass.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Dict, List, NamedTuple, Tuple

from downgrade import downgrade
from downgrade.runtime import assemble, homes
from downgrade.targets import OLDEST, Version, parse_target, show
from tests.support.interpreters import ROOT, Interpreter

HERE = pathlib.Path(__file__).parent
MODULES = (
    "test_patma", "test_type_params", "test_type_aliases", "test_except_star", "test_fstring",
    "test_genericclass", "test_exception_group", "test_named_expressions", "test_unpack_ex",
)  # fmt: skip
_OLD: Tuple[Version, ...] = ((3, 8), (3, 9), (3, 10), (3, 11))
_PACKAGE = """\
import os, sysconfig
__path__.append(os.path.join(sysconfig.get_paths()["stdlib"], "test"))
"""
_SUPPORT = """\
import os, sys, sysconfig
sys.path.insert(0, {root!r})
from downgrade import downgrade as _downgrade_text
sys.path.pop(0)
def lowered(code):
    return _downgrade_text(code, {target}).text
_old = os.path.join(sysconfig.get_paths()["stdlib"], "test", "support")
__path__.append(_old)
with open(os.path.join(_old, "__init__.py"), encoding="utf-8") as _file:
    exec(compile(_file.read(), _file.name, "exec"), globals())
"""


#: How the reason begins where a test applies, and is known not to pass.
GAP = "gap:"


class Exclusion(NamedTuple):
    """Tests that ask for something else: a pattern of names, the versions, and why."""

    pattern: str
    versions: str
    reason: str

    def covers(self, name: str, old: Version) -> bool:
        """Whether a test is meant, on the version ``old``."""
        here = self.versions == "*" or show(old) in self.versions.split(",")
        return here and fnmatch.fnmatchcase(name, f"test.{self.pattern}")


def exclusions() -> List[Exclusion]:
    """What ``not_applicable.txt`` says."""
    found = []
    for line in (HERE / "not_applicable.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, versions, reason = line.split(None, 2)
            found.append(Exclusion(pattern, versions, reason))
    return found


def _lower(source: pathlib.Path, to: pathlib.Path) -> List[str]:
    """Lower a file; give what could not be."""
    result = downgrade(source.read_text("utf-8"), OLDEST, filename=str(source))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(result.text, "utf-8")
    return [f"{source.name}:{one.line}: {one.text}" for one in result.messages if one.error]


def _take_out(path: pathlib.Path, line: int) -> bool:
    """Let the test around a line fail instead of the module; False if there is none."""
    lines = path.read_text("utf-8").split("\n")
    start = line - 1
    while not re.match(r"    def test\w*\(|class |def ", lines[start]):
        start -= 1
        if start < 0:
            return False
    if not lines[start].startswith("    def test"):
        return False
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith("     ")):
        end += 1
    body = [lines[start][: lines[start].index("(")] + "(self): raise Exception('not lowered')"]
    lines[start:end] = body + [""] * (end - start - 1)
    path.write_text("\n".join(lines), "utf-8")
    return True


def check(python: str, path: pathlib.Path) -> List[str]:
    """Take out the tests that the interpreter can't compile; give why."""
    found: List[str] = []
    script = (
        "import sys\ntry: compile(open(sys.argv[1], encoding='utf-8').read(), 'x', 'exec')\n"
        "except SyntaxError as error: print(error.lineno, error.msg)"
    )
    while True:
        command = [python, "-W", "ignore", "-c", script, str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        if not done.stdout.strip():
            return found
        found.append(f"{path.name}:{done.stdout.strip()}")
        if not _take_out(path, int(done.stdout.split()[0])):
            return found


def build(library: pathlib.Path, folder: pathlib.Path, modules: Tuple[str, ...]) -> List[str]:
    """Write the lowered tests, with what they import of ``test``, into ``folder``."""
    refused: List[str] = []
    package = folder / "test"
    for name in modules:
        refused += _lower(library / f"{name}.py", package / f"{name}.py")
    (package / "__init__.py").write_text(_PACKAGE, "utf-8")
    for path in (library / "typinganndata").glob("*.py"):
        refused += _lower(path, package / "typinganndata" / path.name)
    for name in ("testcase", "import_helper", "os_helper"):
        refused += _lower(library / f"support/{name}.py", package / f"support/{name}.py")
    head = _SUPPORT.format(root=str(ROOT), target=OLDEST)
    additions = (HERE / "support_additions.txt").read_text("utf-8")
    (package / "support/__init__.py").write_text(head + additions, "utf-8")
    (folder / "_downgrade.py").write_text(assemble(homes()), "utf-8")
    (folder / "run_module.py").write_text((HERE / "run_module.py").read_text("utf-8"), "utf-8")
    return refused


def outcomes(python: str, folder: pathlib.Path, module: str) -> Dict[str, str]:
    """Test -> outcome of a module on an interpreter."""
    command = [python, "run_module.py", f"test.{module}"]
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600
    )
    if not done.stdout.strip():
        return {f"test.{module}.process": done.stderr[-300:]}
    found: Dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Run and tell; 1 if a test that applies doesn't pass."""
    parser = argparse.ArgumentParser(prog="tests.downgrade.cpython")
    parser.add_argument("--new", type=parse_target, nargs="*", default=[(3, 12), (3, 13)])
    parser.add_argument("--old", type=parse_target, nargs="*", default=list(_OLD))
    parser.add_argument("--modules", nargs="*", default=MODULES)
    parser.add_argument("--python", nargs="*", default=[], help="3.8=PATH of an interpreter")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the lowered tests")
    arguments = parser.parse_args()
    paths = dict(item.split("=", 1) for item in arguments.python)
    excluded = exclusions()
    bad = 0
    for new in arguments.new:
        script = "import sysconfig; print(sysconfig.get_paths()['stdlib'])"
        library = pathlib.Path(Interpreter(new).ask(script)) / "test"
        with tempfile.TemporaryDirectory() as temp:
            folder = arguments.keep or pathlib.Path(temp)
            for text in build(library, folder, tuple(arguments.modules)):
                print("not lowered:", text)
            for old in arguments.old:
                python = paths.get(show(old)) or Interpreter(old).command[0]
                for module in arguments.modules:
                    for text in check(python, folder / f"test/{module}.py"):
                        print(f"doesn't compile on {show(old)}:", text)
                    found = outcomes(python, folder, module)
                    skipped = {name for name, how in found.items() if how.startswith("skipped")}
                    reasons = {
                        name: next((one.reason for one in excluded if one.covers(name, old)), "")
                        for name, how in found.items()
                        if how != "ok" and name not in skipped
                    }
                    gaps = {name for name, why in reasons.items() if why.startswith(GAP)}
                    failed = sorted(name for name, why in reasons.items() if not why)
                    other = len(skipped) + len(reasons) - len(gaps) - len(failed)
                    applies = len(found) - other
                    bad += len(failed)
                    print(
                        f"{module} of {show(new)} on {show(old)}: {len(found)} tests, "
                        f"{applies} apply, {applies - len(failed) - len(gaps)} pass",
                        flush=True,
                    )
                    for name in sorted(gaps):
                        print(f"    {name}: {reasons[name]}")
                    for name in failed:
                        print(f"    {name}: {found[name]}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
