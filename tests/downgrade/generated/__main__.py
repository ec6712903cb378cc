"""Generated programs, as written on 3.12 and 3.13, lowered on 3.8 to 3.11: the same output.

    python -m tests.downgrade.generated --examples 10000 [--only match] [--python 3.8=PATH ...]
    python -m tests.downgrade.generated --examples 10000 --all --seed 1
    python -m tests.downgrade.generated --store 60 FILE

``--examples`` counts distinct programs that are compared: one that is drawn again isn't looked at
again. The second command shows all that differs, as it is. The third one writes programs with what
this interpreter prints of them, for ``test_generated.py``. The interpreters need
typing_extensions, and exceptiongroup under 3.11.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import pathlib
import sys
import time
from typing import Callable, Dict, List, Tuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from downgrade import downgrade
from downgrade.host import HOST
from downgrade.targets import OLDEST, Version, parse_target, show
from tests.support.interpreters import Interpreter, Server

from .comparison import NEW, OLD, Comparison, Difference
from .programs import CONSTRUCTS, Program, programs
from .server import run

#: How many examples are drawn from a seed.
_ROUND = 1000


def _compare(arguments: argparse.Namespace) -> int:
    given_paths = dict(item.split("=", 1) for item in arguments.python)
    servers: Dict[Version, Server] = {}
    with contextlib.ExitStack() as stack:
        for version in (*NEW, *OLD):
            interpreter = Interpreter(version)
            interpreter.command = [given_paths.get(show(version), interpreter.command[0])]
            server = interpreter.server("tests.downgrade.generated.server")
            servers[version] = stack.enter_context(server)
        comparison = Comparison(servers)
        differences: List[Exception] = []
        begun = shown = time.monotonic()

        def check(program: Program, old: Version, host: bool) -> None:
            nonlocal shown
            if comparison.compared >= arguments.examples:
                return
            try:
                comparison.check(program, old, host)
            except Exception as difference:
                if not arguments.all:
                    raise
                differences.append(difference)
                print(type(difference).__name__, difference, "=" * 72, sep="\n", flush=True)
                if not isinstance(difference, Difference):
                    print(program.text)
            if time.monotonic() - shown > 20:
                shown = time.monotonic()
                state = f"{comparison.compared} compared, {len(differences)} differ"
                print(state, file=sys.stderr, flush=True)

        phases = [Phase.generate] + [Phase.shrink] * (not arguments.first)
        for number in itertools.count(arguments.seed):
            before = comparison.looked_at
            try:
                _draw(check, tuple(arguments.only), number, phases)
            except Difference as difference:
                print(difference)
                return 1
            if comparison.compared >= arguments.examples:
                break
            if comparison.looked_at - before < _ROUND // 100:
                print("Few programs are drawn that weren't drawn before: this is the end of it")
                break
        print(json.dumps(comparison.summary(), indent=1))
        seeds = f"seeds {arguments.seed} to {number}"
        print(f"{len(differences)} differ, {time.monotonic() - begun:.0f} seconds, {seeds}")
    return int(bool(differences))


def _draw(
    check: Callable[[Program, Version, bool], None],
    only: Tuple[str, ...],
    number: int,
    phases: List[Phase],
) -> None:
    """Give one seed's programs to ``check``.

    Of a seed's first thousand about half are distinct, of later ones fewer, as Hypothesis varies
    what it has.
    """

    @settings(
        max_examples=_ROUND,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=phases,
    )
    @seed(number)
    @given(
        programs(only),
        st.sampled_from([OLD[0], OLD[0], *OLD]),
        st.sampled_from([False] * 9 + [True]),
    )
    def draw(program: Program, old: Version, host: bool) -> None:
        check(program, old, host)

    draw()


def _store(number: int, path: pathlib.Path) -> int:
    if HOST < NEW[0]:
        raise SystemExit("3.13 says what is right")
    stored: List[Dict[str, str]] = []

    @settings(
        max_examples=number * 12,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @seed(1)
    @given(programs())
    def collect(program: Program) -> None:
        if len(program.used) > 2 and not downgrade(program.text, OLDEST).messages:
            stored.append({"text": program.text, "output": run(program.plain)})

    collect()
    chosen = stored[:: max(1, len(stored) // number)][:number]
    path.write_text(json.dumps(chosen, indent=0) + "\n", "utf-8")
    return 0


def main() -> int:
    """Do what the command line asks for; give the exit code."""
    parser = argparse.ArgumentParser(prog="tests.downgrade.generated")
    parser.add_argument("--examples", type=int, default=10000)
    parser.add_argument("--first", action="store_true", help="show what fails as it is")
    parser.add_argument("--all", action="store_true", help="go on after a difference; show each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=sorted(CONSTRUCTS), default=[])
    parser.add_argument("--python", nargs="*", default=[], help="3.8=PATH of an interpreter")
    parser.add_argument("--store", nargs=2, metavar=("NUMBER", "FILE"))
    arguments = parser.parse_args()
    for item in arguments.python:
        parse_target(item.split("=", 1)[0])
    if arguments.store:
        return _store(int(arguments.store[0]), pathlib.Path(arguments.store[1]))
    return _compare(arguments)


if __name__ == "__main__":
    sys.exit(main())
