"""What mypy and pyright say about generic code as written and lowered, line by line.

``python3.13 -m tests.downgrade.verdicts --mypy MYPY --pyright PYRIGHT FOLDER`` writes the cases of
PEP 695, 696 and 646 into FOLDER, as written and lowered for ``--target``, has each checker read
each tree in one run, and compares errors by case, line and code: their texts name other variables.
The same checker reads both, the one for 3.13, the other for the target: mypy 1.16 is the last
for 3.8. ``nox -s verdicts`` does all of it; ``--show 5`` prints examples of each difference.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
from typing import Counter, Dict, Iterator, List, NamedTuple, Set, Tuple

from downgrade import downgrade
from downgrade.runtime import assemble, homes
from tests.downgrade.generic_cases import written
from tests.downgrade.generic_matrix import matrix

#: What a case calls to print is there only when it runs.
_PRINTING = re.compile(r"[\"“](show|params|hints|describe)[\"”]")
#: At the end of each case: what ``globals()`` gets at run time.
_LATE = "\n\nclass Late: ...\n"
_MYPY = re.compile(r"case_(\d+)\.py:(\d+): error: (.*)  \[([\w-]+)\]")

#: Where an error is: the number of the case, and the line.
Place = Tuple[int, int]


class Error(NamedTuple):
    """What a checker says about a line."""

    code: str
    text: str


Verdicts = Dict[Place, List[Error]]


class Tree(NamedTuple):
    """A folder with all cases, and the version that they are read as."""

    folder: pathlib.Path
    version: str


def write(folder: pathlib.Path, target: Tuple[int, int]) -> Tuple[Tree, Tree, List[str]]:
    """Write the cases as they are and lowered; give both trees, and the names of the cases."""
    source = Tree(folder / "written", "3.13")
    lowered = Tree(folder / "lowered", ".".join(map(str, target)))
    for tree in (source, lowered):
        tree.folder.mkdir(parents=True, exist_ok=True)
        for old in tree.folder.glob("case_*.py"):
            old.unlink()
    names = []
    for number, (name, text) in enumerate([*matrix(), *written()]):
        names.append(name)
        text += "" if "class Late" in text else _LATE
        result = downgrade(text, target)
        assert result.ok, (name, result.messages)
        (source.folder / f"case_{number:03}.py").write_text(text, "utf-8")
        (lowered.folder / f"case_{number:03}.py").write_text(result.text, "utf-8")
    (lowered.folder / "_downgrade.py").write_text(assemble(homes()), "utf-8")
    return source, lowered, names


def by_mypy(mypy: str, tree: Tree, crashes: Set[str]) -> Verdicts:
    """What mypy says, in its strict mode but for functions without types.

    A case that is too much for mypy itself is put into ``crashes``, and left out.
    """
    lax = ("--allow-untyped-defs", "--allow-untyped-calls", "--allow-untyped-decorators")
    files = [one.name for one in sorted(tree.folder.glob("case_*.py"))]
    files = [name for name in files if name not in crashes]
    command = [mypy, "--strict", *lax, "--python-version", tree.version]
    command += ["--no-pretty", "--hide-error-context", "--show-error-codes"]
    command += ["--no-warn-unused-ignores", "--cache-dir", str(tree.folder / ".mypy_cache")]
    found: Verdicts = collections.defaultdict(list)
    lines = _lines(command + files, tree)
    crash = next((line for line in lines if "INTERNAL ERROR" in line), None)
    if crash is not None:
        crashes.add(crash.partition(":")[0])
        return by_mypy(mypy, tree, crashes)
    for line in lines:
        match = _MYPY.match(line)
        if match and not _PRINTING.search(match.group(3)):
            place = int(match.group(1)), int(match.group(2))
            found[place].append(Error(match.group(4), match.group(3)))
    return found


def by_pyright(pyright: str, tree: Tree, crashes: Set[str]) -> Verdicts:
    """What pyright says in its standard mode, warnings too; ``crashes`` stays empty."""
    settings = {"pythonVersion": tree.version, "typeCheckingMode": "standard"}
    (tree.folder / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    said = json.loads("\n".join(_lines([pyright, "--outputjson"], tree)))
    found: Verdicts = collections.defaultdict(list)
    for one in said["generalDiagnostics"]:
        name = re.search(r"case_(\d+)\.py$", one["file"])
        if name and not _PRINTING.search(one["message"]):
            place = int(name.group(1)), one["range"]["start"]["line"] + 1
            found[place].append(Error(one.get("rule", "syntax"), one["message"].splitlines()[0]))
    return found


def _lines(command: List[str], tree: Tree) -> List[str]:
    ran = subprocess.run(
        command, cwd=str(tree.folder), check=False, timeout=900,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if ran.returncode not in (0, 1, 2):
        raise RuntimeError(f"{command[0]} ended with {ran.returncode}")
    return ran.stdout.decode("utf-8").splitlines()


class Difference(NamedTuple):
    """A line about which the checker says something else."""

    place: Place
    sign: str
    error: Error


def compare(before: Verdicts, after: Verdicts) -> Tuple[int, Iterator[Difference]]:
    """The number of errors that are the same, and what is lost (``-``) or new (``+``)."""
    differences = []
    same = 0
    for place in sorted({*before, *after}):
        old, new = before.get(place, []), after.get(place, [])
        common = Counter(one.code for one in old) & Counter(one.code for one in new)
        same += sum(common.values())
        for sign, errors in (("-", old), ("+", new)):
            left = Counter(common)
            for error in errors:
                left[error.code] -= 1
                if left[error.code] < 0:
                    differences.append(Difference(place, sign, error))
    return same, iter(differences)


def report(
    checker: str,
    before: Verdicts,
    after: Verdicts,
    trees: Tuple[Tree, Tree],
    show: int,
    left_out: Set[int],
) -> int:
    """Print the summary; give the number of lines about which the verdicts differ."""
    files = [
        one
        for one in sorted(trees[0].folder.glob("case_*.py"))
        if int(one.stem[5:]) not in left_out
    ]
    lines = sum(len(one.read_text("utf-8").splitlines()) for one in files)
    same, found = compare(before, after)
    groups: Dict[Tuple[str, str, str], List[Difference]] = collections.defaultdict(list)
    for one in found:
        general = re.sub(r"[\"“][^\"”]*[\"”]", "*", one.error.text)
        groups[one.sign, one.error.code, general].append(one)
    places = {one.place for group in groups.values() for one in group}
    cases = {case for case, _ in places}
    print(
        f"{checker}: {len(files)} cases, {lines} lines: {lines - len(places)} with the same verdict"
        f" ({same} errors); {len(places)} lines in {len(cases)} cases differ"
    )
    for (sign, code, text), group in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"  {len(group):5} {sign} [{code}] {text}")
        for (case, line), _, error in group[:show]:
            print(f"          case_{case:03}:{line}: {error.text}")
            for tree in trees:
                text = (tree.folder / f"case_{case:03}.py").read_text("utf-8")
                print("             " + (text.splitlines() + [""] * 9)[line - 1])
    return len(places)


def main() -> None:
    """Write, check and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--mypy", help="the command; 1.16 is the last for 3.8")
    parser.add_argument("--pyright", help="the command")
    parser.add_argument("--target", default="3.8")
    parser.add_argument("--show", type=int, default=0, help="examples of each difference")
    given = parser.parse_args()
    major, minor = map(int, given.target.split("."))
    source, lowered, _ = write(given.folder.resolve(), (major, minor))
    for name, command, read in (
        ("mypy", given.mypy, by_mypy),
        ("pyright", given.pyright, by_pyright),
    ):
        if command:
            crashes: Set[str] = set()
            before, after = read(command, source, crashes), read(command, lowered, crashes)
            left_out = {int(crash[5:8]) for crash in crashes}
            for crash in sorted(crashes):
                print(f"{name} ends with an error of its own at {crash}: left out")
            before = {place: said for place, said in before.items() if place[0] not in left_out}
            report(name, before, after, (source, lowered), given.show, left_out)


if __name__ == "__main__":
    sys.exit(main())
