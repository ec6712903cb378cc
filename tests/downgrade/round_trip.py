"""Real packages there and back: ``python3.X -m tests.downgrade.round_trip --python PYTHON3.8 DIR``.

Packages that pass their own tests on 3.8 are upgraded to 3.13's style by Ruff's pyupgrade rules
(``--select UP --unsafe-fixes``), a tool nobody here wrote, lowered again, and tested again on 3.8
by the tests that they bring, which stay as they are. ``nox -s round-trip`` does all of it.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from typing import Dict, List, NamedTuple, Tuple
from urllib.parse import urljoin

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Package(NamedTuple):
    """A source distribution.

    Args:
        version: its version.
        source: the folder to lower.
        path: the folder that is put on ``PYTHONPATH``.
        tests: what pytest is given.
    """

    version: str
    source: str
    path: str
    tests: Tuple[str, ...]


def _flat(version: str, name: str, *tests: str) -> Package:
    return Package(version, name, ".", tests or ("tests",))


def _src(version: str, *tests: str) -> Package:
    return Package(version, "src", "src", tests or ("tests",))


PACKAGES: Dict[str, Package] = {
    "attrs": _src("23.2.0"),
    "blinker": _src("1.8.2"),
    "boltons": _flat("24.0.0", "boltons"),
    "cachetools": _src("5.5.0"),
    "cattrs": _src("24.1.2"),
    "click": _src("8.1.7"),
    "flask": _src("3.0.3"),
    "h11": _flat("0.14.0", "h11", "h11/tests"),
    "h2": _src("4.1.0", "test"),
    "humanize": _src("4.10.0"),
    "immutabledict": _flat("4.2.1", "immutabledict"),
    "inflect": _flat("7.3.1", "inflect"),
    "itsdangerous": _src("2.2.0"),
    "jinja2": _src("3.1.4"),
    "marshmallow": _src("3.22.0"),
    "mistune": _src("3.0.2"),
    "more-itertools": _flat("10.5.0", "more_itertools"),
    "packaging": _src("24.1"),
    "parsimonious": _flat("0.10.0", "parsimonious", "parsimonious/tests"),
    "parso": _flat("0.8.4", "parso", "test"),
    "pluggy": _src("1.5.0", "testing"),
    "prettytable": _src("3.11.0"),
    "sqlparse": _flat("0.5.1", "sqlparse"),
    "starlette": _flat("0.44.0", "starlette"),
    "structlog": _src("24.4.0"),
    "tabulate": Package("0.9.0", "tabulate", ".", ("test",)),
    "tenacity": _flat("9.0.0", "tenacity"),
    "tomlkit": _flat("0.13.2", "tomlkit"),
    "toolz": _flat("0.12.1", "toolz", "toolz/tests"),
    "typeguard": _src("4.3.0"),
    "wsproto": _src("1.2.0", "test"),
    "wtforms": _src("3.1.2"),
}


def fetch(name: str, package: Package, folder: pathlib.Path) -> pathlib.Path:
    """The unpacked source distribution from PyPI; what is there already isn't fetched."""
    for one in folder.iterdir():
        if re.sub(r"[-_.]+", "-", one.name).lower() == f"{name}-{package.version}".replace(
            ".", "-"
        ):
            return one
    index = f"https://pypi.org/simple/{name}/"
    with urllib.request.urlopen(index, timeout=60) as page:
        links = re.findall(r'href="([^"#]+)', page.read().decode())
    link = next(one for one in links if one.endswith(f"-{package.version}.tar.gz"))
    with urllib.request.urlopen(urljoin(index, link), timeout=120) as data:
        archive = folder / "sdist.tar.gz"
        archive.write_bytes(data.read())
    with tarfile.open(archive) as opened:
        top = opened.getnames()[0].partition("/")[0]
        opened.extractall(folder)
    archive.unlink()
    return folder / top


def tested(python: str, folder: pathlib.Path, package: Package) -> Dict[str, int]:
    """How many tests passed, failed and so on."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    # Bytecode of the one tree would tell the other's file names.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONPATH"] = str(folder / package.path)
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *package.tests]
    ran = subprocess.run(
        command, cwd=str(folder), env=environment, check=False, timeout=900,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lines = ran.stdout.decode(errors="replace").splitlines()
    last = [line for line in lines if re.search(r" in \d+\.\d+s", line)][-1:]
    counts = re.findall(r"(\d+) (passed|failed|error|skipped|xfailed)", "".join(last))
    (folder / "told.txt").write_bytes(ran.stdout)  # for who wants to know why
    return {what: int(count) for count, what in counts}


def copied(fetched: pathlib.Path, place: str) -> pathlib.Path:
    """A copy in a new folder, above which pytest finds settings of nobody else."""
    pathlib.Path(place, "pytest.ini").write_text("[pytest]\n")
    there = pathlib.Path(place) / fetched.name
    shutil.copytree(fetched, there, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return there


def round_trip(python: str, name: str, folder: pathlib.Path) -> Tuple[str, bool]:
    """A row of the table, and whether the tests say the same before and after."""
    package = PACKAGES[name]
    fetched = fetch(name, package, folder)
    with tempfile.TemporaryDirectory() as place:
        before = tested(python, copied(fetched, place), package)
    with tempfile.TemporaryDirectory() as place:
        there = copied(fetched, place)
        source = there / package.source
        upgrade = ["--select", "UP", "--unsafe-fixes", "--fix", "--exit-zero", "--isolated"]
        upgrade.append("--no-respect-gitignore")  # of the checkout, in which nox has its folders
        run = [sys.executable, "-m", "ruff", "check", "-q", *upgrade]
        subprocess.run(
            [*run, "--target-version", "py313", str(source)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        lowering = [sys.executable, "-m", "downgrade", "--in-place", "--target", "3.8"]
        lowered = subprocess.run(
            [*lowering, "--no-cache", str(source)], check=False, cwd=str(ROOT),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        summary = lowered.stdout.decode().strip().splitlines()
        after = tested(python, there, package)
        shutil.copy(there / "told.txt", folder / f"{name}.txt")
    same = before == after and not lowered.returncode and bool(before.get("passed"))
    errors = [line for line in summary if ": error:" in line]
    why = "" if same else f"{before} before; {'; '.join(errors[:2])}"
    changed = re.search(r"(\d+) changed", summary[-1]) if summary else None
    found = changed.group(1) if changed else "?"
    row = f"| {name} {package.version} | {found} | {after.get('passed', 0)} | {after} | {why} |"
    return row, same


def main() -> int:
    """Print a row for each package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="where the packages are unpacked")
    parser.add_argument("--python", required=True, help="a Python 3.8 with what the tests need")
    parser.add_argument("--only", nargs="*", default=list(PACKAGES))
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    print("| package | files lowered | passed after | all after | |\n|---|---|---|---|---|")
    different: List[str] = []
    for name in options.only:
        row, same = round_trip(options.python, name, options.folder.resolve())
        print(row, flush=True)
        if not same:
            different.append(name)
    print(f"\n{len(options.only) - len(different)} of {len(options.only)} the same")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
