"""What is measured in processes of their own: first calls, the import, plain Python beside us.

``python -m benchmarks.call.fresh WHAT ...`` is such a process; it prints one number.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Dict, List

#: Where the processes keep what they compile.
_COMPILED = tempfile.TemporaryDirectory()
#: Calls of recursive Python that take some 0.1 s.
_FIB = 23


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def first_call(name: str, contender: str) -> float:
    """CPU milliseconds of a first call, in a process that has compiled another function before."""
    from .cases import CASES, CONTENDERS, call_of, paddle

    case = CASES[name]
    wrap = CONTENDERS[contender]
    with paddle.no_grad():
        if contender != "plain":
            wrap(lambda x: x + 1)(paddle.ones([2]))  # what the first of a process pays
        function, args = case.make()
        for _ in range(2):
            function(*args)
        call = call_of(case, wrap(function), args)
        start = time.process_time()
        call()
        return (time.process_time() - start) * 1e3


def import_time() -> float:
    """CPU milliseconds of ``import paddlefx`` after ``import paddle``.

    With ``optimize``, which is imported when it is first asked for.
    """
    import paddle  # noqa: F401

    start = time.process_time()
    import paddlefx

    assert callable(paddlefx.optimize)
    return (time.process_time() - start) * 1e3


def _fibs() -> float:
    times = []
    for _ in range(15):
        start = time.process_time()
        fib(_FIB)
        times.append(time.process_time() - start)
    return min(times) * 1e3


def recursion(beside: str) -> float:
    """CPU milliseconds of recursive Python: ``alone``, or ``beside`` functions that were compiled."""
    import paddle

    if beside == "beside":
        import paddlefx

        from .cases import one_break, two_operators

        x = paddle.ones([8, 16])
        kept = [paddlefx.optimize(function) for function in (two_operators, one_break)]
        for optimized in kept * 3:
            optimized(x, x)
    return _fibs()


def _run(*what: str) -> float:
    """One figure of a new process; from its second on modules come from compiled files."""
    environment = dict(os.environ, PYTHONPYCACHEPREFIX=_COMPILED.name)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.call.fresh", *what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return float(done.stdout.split()[-1])


def measured(contenders: List[str], cases: List[str], runs: int) -> Dict[str, Dict[str, float]]:
    """Medians in ms: by case and contender, ``import``, ``recursion`` alone and beside."""
    found: Dict[str, Dict[str, List[float]]] = {}

    def note(row: str, column: str, value: float) -> None:
        found.setdefault(row, {}).setdefault(column, []).append(value)

    _run("import")  # which compiles our modules
    for _ in range(runs):
        for case in cases:
            for contender in contenders:
                note(case, contender, _run("first", case, contender))
        note("import", "ms", _run("import"))
        for beside in ("alone", "beside"):
            note("recursion", beside, _run("recursion", beside))
    return {
        row: {column: statistics.median(values) for column, values in columns.items()}
        for row, columns in found.items()
    }


def main(what: str, *args: str) -> None:
    """Measure one thing in this process."""
    chosen = {"first": first_call, "import": import_time, "recursion": recursion}[what]
    print(chosen(*args))  # type: ignore[operator]


if __name__ == "__main__":
    main(*sys.argv[1:])
