"""Packages that need 3.11 or newer, on old ones: ``python3.X -m tests.downgrade.real_packages ... DIR``.

Each is tested as it is on the new Python (``--new``), then lowered, its tests with it, and tested
on an old one (``--old``): 3.8, or the oldest that what it imports runs on. ``nox -s real-packages`` does all of it.
"""

from __future__ import annotations

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import Dict, List, NamedTuple, Tuple

from .round_trip import ROOT, Package, copied, fetch, tested


class Real(NamedTuple):
    """A package, the Python that it asks for, what of it is lowered, and for which Python."""

    needs: str
    package: Package
    lowered: Tuple[str, ...]
    target: str = "3.8"


def _flat(needs: str, version: str, name: str, *tests: str) -> Real:
    lowered = (name,) if tests and tests[0].startswith(name) else (name, "tests")
    return Real(needs, Package(version, name, ".", tests or ("tests",)), lowered)


def _src(needs: str, version: str, *tests: str) -> Real:
    return Real(needs, Package(version, "src", "src", tests or ("tests",)), ("src", "tests"))


PACKAGES: Dict[str, Real] = {
    "atomix-stm": _flat("3.13", "4.4.0", "atomix_stm"),
    "hdmi": _src("3.13", "0.2.4"),
    "idkit": _flat("3.12", "1.0.4", "idkit"),
    "monawhat": _src("3.11", "0.1.1"),
    "multimethods": _flat("3.12", "2.2.0", "multimethods"),
    "oslash": _flat("3.12", "2.0.0", "oslash"),
    "symphra-event": _flat("3.11", "0.2.0", "symphra_event"),
    "tyconf": _src("3.13", "1.2.1"),
    "uncoupled": _src("3.12", "0.1.1"),
}


def lower(folder: pathlib.Path, real: Real) -> str:
    """Lower a package and its tests; give the errors and the summary."""
    run = [sys.executable, "-m", "downgrade", "--in-place", "--target", real.target, "--no-cache"]
    folders = [str(folder / one) for one in real.lowered if (folder / one).is_dir()]
    done = subprocess.run(
        [*run, *folders], check=False, cwd=str(ROOT),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout.decode()


def row(new: str, old: Dict[str, str], name: str, folder: pathlib.Path) -> Tuple[str, bool]:
    """A row of the table, and whether the tests say the same."""
    real = PACKAGES[name]
    fetched = fetch(name, real.package, folder)
    with tempfile.TemporaryDirectory() as place:
        before = tested(new, copied(fetched, place), real.package)
    with tempfile.TemporaryDirectory() as place:
        there = copied(fetched, place)
        lines = lower(there, real).strip().splitlines()
        after = tested(old[real.target], there, real.package)
        shutil.copy(there / "told.txt", folder / f"{name}.txt")
    errors = [line for line in lines if ": error:" in line]
    same = before == after and bool(before.get("passed"))
    head = f"| {name} {real.package.version} | {real.needs} | {before} | {real.target}: {after} "
    return f"{head}| {len(errors)} errors {errors[:1]} |", same


def main() -> int:
    """Print a row for each package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="where the packages are unpacked")
    parser.add_argument("--new", required=True, help="a Python 3.13 with what the tests need")
    parser.add_argument(
        "--old", nargs="+", required=True, help="3.8=PYTHON 3.10=PYTHON: old ones, likewise"
    )
    parser.add_argument("--only", nargs="*", default=list(PACKAGES))
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    old = dict(one.split("=", 1) for one in options.old)
    print("| package | needs | on it, as it is | lowered, on | |\n|---|---|---|---|---|")
    different: List[str] = []
    for name in options.only:
        text, same = row(options.new, old, name, options.folder.resolve())
        print(text, flush=True)
        if not same:
            different.append(name)
    print(f"\n{len(options.only) - len(different)} of {len(options.only)} the same")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
