"""CPython's regression tests, plain and with every code object re-emitted: the same results?

    python -m tests.conformance.regrtest [MODULE …] [--json FILE]
    nox -s regrtest-3.12 -- test_grammar test_scope

Each module of ``regrtest_modules.MODULES`` runs twice on the interpreter that runs this script,
as ``python -m test`` runs it, with no resources (no network, no audio, nothing large). In the
second run the test module, the modules that it imports, every function that was loaded before,
and whatever ``compile``, ``exec`` and ``eval`` make of source text is decoded and emitted again.
A module is the same if each test has the same outcome: pass, fail, error (with the exception's
type), skip, and for a doctest how many examples fail.

Tests that differ are run up to three times in both ways: timing, threads and garbage make some
unsteady, plain ones too. One that never agrees makes its module differ, and so does a crash, a
timeout and every fault of decode or emit in any of the runs.

Exit status 1 if a module differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Set, Tuple

from tests.conformance.regrtest_modules import ABSENT, MEASURE_BYTECODE, MEASURE_FRAMES, MODULES

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "regrtest_server.py")
ROUNDS = 3
#: How many differing tests of a module are printed.
SHOWN = 10
Outcomes = Dict[str, FrozenSet[Tuple[str, int]]]


class Server:
    """A ``regrtest_server.py`` of one kind, started with the first request.

    Args:
        kind: ``plain`` or ``reemitted``.
        start: interpreter's arguments that run the script, if not its path alone.
    """

    def __init__(self, kind: str, start: Tuple[str, ...] = (SCRIPT,)) -> None:
        self.kind = kind
        self.start = start
        #: How much longer than plain a run may take.
        self.patience = 1.5 if kind == "executed" else 3.0
        self.process: Optional[subprocess.Popen[str]] = None

    def ask(self, module: str, limit: float) -> Dict[str, Any]:
        """Run a module there; its answer, which says so when the server died of it."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, *self.start, self.kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                env=_environment(),
            )
        assert self.process.stdin is not None and self.process.stdout is not None
        line = ""
        try:
            self.process.stdin.write(f"{module} {limit}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            pass
        if not line:
            status = self.close()
            raise RuntimeError(f"the {self.kind} server ended with {status} at {module}")
        answer: Dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> Optional[int]:
        """End it; its exit status."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        return process.wait()


def _environment() -> Dict[str, str]:
    """That of this process, without what would change how the tests' own processes start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONHASHSEED": "0"}


class Verdict(NamedTuple):
    """What the comparison of a module found."""

    module: str
    #: Tests that passed, failed or were skipped in the plain run.
    tests: int
    passed: int
    #: Code objects re-emitted for this module alone.
    codes: int
    seconds: float
    #: Why it isn't the same: test id or ``module`` -> what was seen.
    differs: Dict[str, str]
    #: Tests that agreed at a second or third try only.
    unsteady: Tuple[str, ...] = ()
    #: Tests that measure bytecode, and differ.
    excepted: Tuple[str, ...] = ()
    #: What became of the frames that the executor met.
    frames: Mapping[str, int] = {}

    @property
    def ran(self) -> bool:
        """Whether there was anything to compare."""
        return self.passed > 0 or bool(self.differs)


def outcomes(answer: Dict[str, Any]) -> Outcomes:
    """The outcomes of each test, with how often."""
    found: Dict[str, Set[Tuple[str, int]]] = {}
    for name, outcome, count in answer["outcomes"]:
        found.setdefault(name, set()).add((outcome, count))
    return {name: frozenset(values) for name, values in found.items()}


def compare(module: str, plain: Server, again: Server, limit: float) -> Verdict:
    """Run a module in both ways, as often as it takes to tell a difference from chance."""
    began = time.perf_counter()
    ones: List[Dict[str, Any]] = []
    others: List[Dict[str, Any]] = []
    differing: Set[str] = set()
    first: Set[str] = set()
    faults: Dict[str, str] = {}
    for attempt in range(ROUNDS):
        ones.append(plain.ask(module, limit))
        others.append(again.ask(module, again.patience * limit))
        for number, fault in enumerate(dict.fromkeys(others[-1]["faults"])):
            faults[f"module {module}, fault {number}"] = fault
        if ones[-1]["end"] != "done":
            faults[f"module {module}"] = f"plain: {ones[-1]['end']}"
            break
        if others[-1]["end"] != "done":
            faults[f"module {module}"] = f"{others[-1]['end']}\n{others[-1]['log']}"
            break
        differing = _differing(ones, others)
        first = first or differing
        if faults or not differing:
            break
    measures = MEASURE_FRAMES if again.kind == "executed" else MEASURE_BYTECODE
    left = {name for name in differing if name.partition(" (")[0] in measures}  # subtests too
    differs = {**faults, **{n: _seen(n, ones, others, again.kind) for n in differing - left}}
    tests = ones[0]["outcomes"]
    return Verdict(
        module,
        tests=sum(count for _, _, count in tests),
        passed=sum(
            count
            for _, outcome, count in tests
            if outcome == "pass" or outcome.startswith("0 of ") and outcome != "0 of 0 failed"
        ),
        codes=others[0]["codes"],
        seconds=time.perf_counter() - began,
        differs=differs,
        unsteady=tuple(sorted(first - differing)),
        excepted=tuple(sorted(left)),
        frames=others[0].get("frames", {}),
    )


def _differing(ones: List[Dict[str, Any]], others: List[Dict[str, Any]]) -> Set[str]:
    """Tests of which no plain run and no re-emitted run agree."""
    left = [outcomes(answer) for answer in ones]
    right = [outcomes(answer) for answer in others]
    names = {name for run in left + right for name in run}
    return {
        name
        for name in names
        if not {run.get(name) for run in left} & {run.get(name) for run in right}
    }


def _seen(
    name: str, ones: List[Dict[str, Any]], others: List[Dict[str, Any]], kind: str = "reemitted"
) -> str:
    """The outcomes of a test in both ways, and the traceback that one of them has."""

    def told(answer: Dict[str, Any]) -> str:
        found = outcomes(answer).get(name, frozenset())
        return ", ".join(sorted(outcome for outcome, _ in found)) or "not run"

    text = others[-1]["texts"].get(name, "") or ones[-1]["texts"].get(name, "")
    if not text and name.startswith("doctest"):
        text = others[-1]["log"]
    return f"plain: {told(ones[-1])}; {kind}: {told(others[-1])}\n{text}"


def absent(modules: Tuple[str, ...]) -> Dict[str, str]:
    """The modules of the list that this version doesn't have, each with the reason."""
    import test

    (where,) = test.__path__
    there = {entry.partition(".")[0] for entry in os.listdir(where)}
    return {module: ABSENT[module] for module in modules if module not in there}


def main(arguments: Optional[List[str]] = None) -> int:
    """Compare the modules, print each and a summary; 1 if one differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: the whole list")
    parser.add_argument("--json", metavar="FILE", help="write all that was found to this file")
    parser.add_argument("--limit", type=float, default=60.0, help="processor seconds, plain")
    parser.add_argument("--quiet", action="store_true", help="print what differs and the summary")
    chosen = parser.parse_args(arguments)
    modules = tuple(chosen.modules) or MODULES
    missing = absent(modules) if not chosen.modules else {}
    began = time.perf_counter()
    plain, again = Server("plain"), Server("reemitted")
    verdicts: List[Verdict] = []
    try:
        for module in modules:
            if module in missing:
                continue
            verdict = compare(module, plain, again, chosen.limit)
            verdicts.append(verdict)
            if verdict.differs or not chosen.quiet:
                _print(verdict)
    finally:
        plain.close()
        again.close()
    summary = {
        "python": platform.python_version(),
        "modules": sum(verdict.ran for verdict in verdicts),
        "same": sum(verdict.ran and not verdict.differs for verdict in verdicts),
        "tests": sum(verdict.tests for verdict in verdicts),
        "passed": sum(verdict.passed for verdict in verdicts),
        "code_objects": sum(verdict.codes for verdict in verdicts),
        "excepted": sum(len(verdict.excepted) for verdict in verdicts),
        "unsteady": sum(len(verdict.unsteady) for verdict in verdicts),
        "absent": missing,
        "nothing to run": [verdict.module for verdict in verdicts if not verdict.ran],
        "seconds": round(time.perf_counter() - began, 1),
    }
    for name, value in summary.items():
        print(f"{name:15} {value}")
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump({**summary, "verdicts": [v._asdict() for v in verdicts]}, file, indent=1)
    return int(any(verdict.differs for verdict in verdicts))


def _print(verdict: Verdict) -> None:
    word = "differs" if verdict.differs else "same" if verdict.ran else "nothing to run"
    notes = [f"{len(names)} {note}" for names, note in (
        (verdict.excepted, "excepted"), (verdict.unsteady, "unsteady")) if names]  # fmt: skip
    print(
        f"{verdict.module:32} {word:8} {verdict.tests:6} tests {verdict.codes:6} code objects "
        f"{verdict.seconds:6.1f} s  {', '.join(notes)}",
        flush=True,
    )
    shown = sorted(verdict.differs.items(), key=lambda pair: "not run" in pair[1])
    for name, seen in shown[:SHOWN]:
        print(f"  {name}: " + seen.rstrip().replace("\n", "\n    "), flush=True)
    if len(shown) > SHOWN:
        print(f"  and {len(shown) - SHOWN} more")


if __name__ == "__main__":
    sys.exit(main())
