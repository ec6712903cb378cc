"""How fast code is read and written: paddlefx, ``bytecode`` and ``dis``, in instructions a second.

``python benchmarks/translation.py [--step N | --whole] [--rounds N] [--json FILE]``. Needs an
installed paddlefx (or ``PYTHONPATH``), ``bytecode`` and ``rich``; no tensor framework.

The work is the code objects of every N-th module of the running interpreter's standard library,
``Lib/test`` included; ``--whole`` takes every module. One run, interleaved: the code objects go
through all contenders chunk by chunk, the order turning with each chunk, so a machine that slows
down meanwhile slows all alike. Time is the process's CPU time, with the garbage collector on.
Each row counts the same instructions: those of ``co_code`` without ``CACHE`` and ``EXTENDED_ARG``.

- ``dis``: ``list(dis.get_instructions(code))``
- ``bytecode read``, ``bytecode write``: ``Bytecode.from_code(code)``, ``.to_code()``
- ``decode``: ``paddlefx.decode.decode(code, table)``
- ``emit``: ``paddlefx.emit.emit(program, code, table)``, which verifies the program first
- ``verify``: ``paddlefx.ir.verify.verify(program)``, for itself; a part of ``emit``
"""

from __future__ import annotations

import argparse
import dis
import gc
import json
import platform
import statistics
import sysconfig
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

from bytecode import Bytecode
from rich.console import Console
from rich.table import Table

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.ir.verify import verify
from paddlefx.opcodes import table_for

TABLE = table_for()
CHUNK = 64
#: Which row each row is compared to.
AGAINST = {"decode": "bytecode read", "emit": "bytecode write"}


def modules(step: int) -> List[Path]:
    """Every ``step``-th module of the standard library, in a fixed order."""
    library = Path(sysconfig.get_paths()["stdlib"])
    found = [
        path
        for path in sorted(library.rglob("*.py"))
        if not {"site-packages", "__pycache__"} & set(path.relative_to(library).parts)
    ]
    return found[::step]


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def corpus(step: int) -> List[CodeType]:
    """The code objects of the sample; sources that are broken on purpose are left out."""
    found: List[CodeType] = []
    for path in modules(step):
        try:
            found += code_objects(compile(path.read_bytes(), str(path), "exec", dont_inherit=True))
        except (SyntaxError, ValueError):
            continue
    return found


def count(code: CodeType) -> int:
    """The instructions of a code object, without CACHE and EXTENDED_ARG."""
    skipped = {dis.opmap[name] for name in ("CACHE", "EXTENDED_ARG") if name in dis.opmap}
    return sum(1 for opcode in code.co_code[::2] if opcode not in skipped)


def tried(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``function``, or None where it raises: ``bytecode`` can't write all that it reads."""

    def call(argument: Any) -> Any:
        try:
            return function(argument)
        except Exception:
            return None

    return call


def contenders(codes: Sequence[CodeType]) -> Dict[str, Callable[[], object]]:
    """What is timed, for one chunk. What only prepares the arguments is done here."""
    programs = [decode(code, TABLE) for code in codes]
    read = [found for found in map(tried(Bytecode.from_code), codes) if found is not None]
    return {
        "dis": lambda: [list(dis.get_instructions(code)) for code in codes],
        "bytecode read": lambda: list(map(tried(Bytecode.from_code), codes)),
        "bytecode write": lambda: list(map(tried(Bytecode.to_code), read)),
        "decode": lambda: [decode(code, TABLE) for code in codes],
        "emit": lambda: [emit(program, code, TABLE) for program, code in zip(programs, codes)],
        "verify": lambda: [verify(program) for program in programs],
    }


def one_round(codes: Sequence[CodeType]) -> Dict[str, float]:
    """The CPU seconds of each contender over all code objects."""
    seconds: Dict[str, float] = {}
    for number, start in enumerate(range(0, len(codes), CHUNK)):
        calls = contenders(codes[start : start + CHUNK])
        names = list(calls)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            before = time.process_time()
            result = calls[name]()
            seconds[name] = seconds.get(name, 0.0) + time.process_time() - before
            del result
    return seconds


def measure(
    codes: Sequence[CodeType], rounds: int
) -> Tuple[int, Dict[str, float], Dict[str, float]]:
    """Instructions, CPU seconds of each contender and ratios of rates (medians of the rounds)."""
    one_round(codes[:CHUNK])  # what only the first use pays
    gc.collect()
    gc.freeze()
    turns = [one_round(codes) for _ in range(rounds)]
    seconds = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    ratios = {
        name: statistics.median(turn[other] / turn[name] for turn in turns)
        for name, other in AGAINST.items()
    }
    return sum(map(count, codes)), seconds, ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", type=int, default=20, help="every N-th module (%(default)s)")
    parser.add_argument("--whole", action="store_true", help="every module")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--json", help="write the figures to this file too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    codes = corpus(1 if options.whole else options.step)
    instructions, seconds, ratios = measure(codes, options.rounds)
    versions = {
        "python": platform.python_version(),
        "bytecode": version("bytecode"),
        "machine": platform.machine(),
    }
    title = ", ".join(f"{name} {number}" for name, number in versions.items())
    table = Table(title=f"{len(codes):,} code objects, {instructions:,} instructions ({title})")
    for name in ("row", "CPU s", "instr/s", "ratio"):
        table.add_column(name, justify="left" if name == "row" else "right")
    rows: Dict[str, Dict[str, float]] = {}
    for name, spent in seconds.items():
        rows[name] = {"seconds": spent, "rate": instructions / spent}
        ratio = ""
        if name in ratios:
            rows[name]["ratio"] = ratios[name]
            ratio = f"{ratios[name]:.1f} x {AGAINST[name]}"
        table.add_row(name, f"{spent:.2f}", f"{instructions / spent:,.0f}", ratio)
    Console().print(table)
    trip = seconds["decode"] + seconds["emit"]
    print(f"round trip (decode + emit): {trip:.1f} s, {instructions / trip:,.0f} instr/s")
    report = json.dumps(
        {
            "versions": versions,
            "code_objects": len(codes),
            "instructions": instructions,
            "rows": rows,
            "round_trip_seconds": trip,
        }
    )
    print(report)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(report + "\n")


if __name__ == "__main__":
    main()
