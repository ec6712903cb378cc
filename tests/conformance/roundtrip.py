"""Round trip of the standard library: ``python -m tests.conformance.roundtrip``.

Every code object of the running interpreter's library, ``Lib/test`` and nested ones included,
is decoded, emitted and decoded again. The table says how many came back *equal* (the same
program, description, source positions, and no more stack needed than declared) and how many
*identical* (the same instructions, operand values and exception table; pools may be numbered
in another way). What is not identical is sorted into classes of difference.

With ``--mode no-hints`` the programs are emitted without their spelling hints, as programs
that something else wrote: they come back equal, not identical.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
import time
import types
import warnings
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.emit.assemble import const_key
from paddlefx.errors import PaddlefxError
from paddlefx.ir.instr import Handler, Instr, Label
from paddlefx.ir.program import Program
from paddlefx.opcodes import table_for
from tests.support.code_objects import Listing, codes, describes_alike, listing, stack_needed

__all__ = ["Result", "check", "library_files", "main"]

TABLE = table_for()
LIBRARY = pathlib.Path(os.__file__).parent


def library_files() -> List[pathlib.Path]:
    """All Python files of the standard library and its tests."""
    found = sorted(LIBRARY.rglob("*.py"))
    return [path for path in found if "site-packages" not in path.parts]


def compiled(path: pathlib.Path) -> Optional[types.CodeType]:
    """The module's code, or ``None`` where CPython itself refuses the source."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return None


# -- equality


def same_program(one: Program, other: Program) -> Optional[str]:
    """The first difference of two programs, or ``None``; labels by where they stand."""
    for field in Program.__dataclass_fields__:
        if field != "items" and getattr(one, field) != getattr(other, field):
            return f"field {field}"
    if len(one.items) != len(other.items):
        return f"{len(one.items)} items became {len(other.items)}"
    places = [
        {item: index for index, item in enumerate(program.items) if isinstance(item, Label)}
        for program in (one, other)
    ]
    for index, pair in enumerate(zip(one.items, other.items)):
        if isinstance(pair[0], Label) or isinstance(pair[1], Label):
            if type(pair[0]) is not type(pair[1]):
                return f"item {index}: {pair[0]} became {pair[1]}"
            continue
        seen = [_seen(item, labels) for item, labels in zip(pair, places)]
        for what, left, right in zip(("op", "operand", "handler", "position"), *seen):
            if left != right:
                return f"{what} of item {index}, {pair[0]}: {left} became {right}"
    return None


def _seen(instr: Instr, labels: Dict[Label, int]) -> Tuple[Any, ...]:
    arg, handler = instr.arg, instr.handler
    if isinstance(arg, Label):
        arg = labels[arg]
    elif type(arg) is tuple and arg and isinstance(arg[0], Label):
        arg = tuple([labels[label] for label in arg])
    else:
        arg = const_key(arg)
    if isinstance(handler, Handler):
        where = (labels[handler.label], handler.depth, handler.scopes)
        return instr.op, arg, where, instr.position
    return instr.op, arg, None, instr.position


# -- identity


def difference(one: Listing, other: Listing) -> Optional[Tuple[str, str]]:
    """The class of the first difference of two listings and where it is, or ``None``."""
    names, others = one.names, other.names
    for i, (name, operand) in enumerate(zip(names, one.operands)):
        where = f"instruction {i}, line {one.positions[i].lineno}"
        if i >= len(others):
            return f"{name} is missing at the end", where
        if others[i] != name:
            return f"{name} became {others[i]}", where
        if other.operands[i] != operand:
            return f"another operand of {name}", f"{where}: {operand} {other.operands[i]}"
    if len(others) > len(names):
        return f"{others[len(names)]} too many at the end", ""
    if one.entries != other.entries:
        pairs = zip(one.entries, other.entries)
        first = next((p for p in pairs if p[0] != p[1]), (one.entries[-1:], other.entries[-1:]))
        return "exception table", f"{first[0]} {first[1]}"
    for i, pair in enumerate(zip(one.positions, other.positions)):
        if pair[0] != pair[1]:
            return f"position of {names[i]}", f"instruction {i}: {pair[0]} {pair[1]}"
    return None


# -- one code object


class Result(NamedTuple):
    """``failure`` says what is wrong; ``difference`` what is only written in another way."""

    failure: Optional[str] = None
    difference: Optional[Tuple[str, str]] = None
    instructions: int = 0


def without_hints(program: Program) -> Program:
    """As a program that was not decoded; only 3.8's qualified names stay, which are no hint."""
    for item in program.items:
        if isinstance(item, Instr) and item.op.value != "MAKE_FUNCTION":
            item.spelling = None
    return program


def check(code: types.CodeType, hints: bool = True) -> Result:
    """Take one code object there and back."""
    try:
        program = decode(code, TABLE)
        emitted = emit(program if hints else without_hints(program), code, TABLE)
        again = decode(emitted, TABLE)
    except PaddlefxError as error:
        return Result(f"{type(error).__name__}: {error}")
    before, after = listing(code, TABLE), listing(emitted, TABLE)
    field = describes_alike(code, emitted)
    if field is not None:
        return Result(f"{field} differs")
    needed = stack_needed(emitted, TABLE)
    if needed > emitted.co_stacksize:
        return Result(f"needs {needed} slots, declares {emitted.co_stacksize}")
    found = difference(before, after)
    if hints and found is None and emitted.co_stacksize > code.co_stacksize:
        return Result(f"declares {emitted.co_stacksize} slots, was {code.co_stacksize}")
    failure = same_program(decode(code, TABLE), again) if hints else None
    return Result(failure, found, len(before.names))


# -- the library


class Totals:
    """What was found in many code objects."""

    def __init__(self) -> None:
        self.files = self.codes = self.instructions = self.equal = self.identical = 0
        self.failures: Dict[str, List[str]] = {}
        self.classes: Dict[str, List[str]] = {}

    def add(self, code: types.CodeType, result: Result) -> None:
        """Count one result."""
        where = f"{code.co_filename}:{code.co_firstlineno} {code.co_name}"
        self.codes += 1
        self.instructions += result.instructions
        if result.failure is not None:
            self.failures.setdefault(result.failure, []).append(where)
        else:
            self.equal += 1
        if result.difference is not None:
            kind, detail = result.difference
            self.classes.setdefault(kind, []).append(f"{where}: {detail}")
        elif result.failure is None:
            self.identical += 1

    def summary(self) -> Dict[str, Any]:
        """As data."""
        return {
            "python": ".".join(map(str, TABLE.version)),
            "files": self.files,
            "codes": self.codes,
            "instructions": self.instructions,
            "equal": self.equal,
            "identical": self.identical,
            "failures": {reason: len(where) for reason, where in self.failures.items()},
            "classes": {kind: len(where) for kind, where in self.classes.items()},
        }


def run(files: List[pathlib.Path], hints: bool, totals: Totals) -> None:
    """Check the code objects of these files."""
    for path in files:
        module = compiled(path)
        if module is None:
            continue
        totals.files += 1
        for code in codes(module):
            totals.add(code, check(code, hints))


def show(totals: Totals, seconds: float, examples: int) -> None:
    """Print the table."""
    count = max(totals.codes, 1)
    version = ".".join(map(str, TABLE.version))
    print(
        f"{version}: {totals.files} files, {totals.codes} code objects, "
        f"{totals.instructions} instructions, {seconds:.0f} s"
    )
    print(f"  equal      {totals.equal:7}  {100 * totals.equal / count:8.4f} %")
    print(f"  identical  {totals.identical:7}  {100 * totals.identical / count:8.4f} %")
    for title, found in (("failures", totals.failures), ("classes", totals.classes)):
        if found:
            print(f"  {title}:")
        for reason, where in sorted(found.items(), key=lambda pair: -len(pair[1])):
            print(f"    {len(where):7}  {reason}")
            for place in where[:examples]:
                print(f"             {place}")


def main(arguments: Optional[List[str]] = None) -> int:
    """The command; the exit status is 1 if a code object did not come back equal."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.roundtrip")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th file only")
    parser.add_argument("--start", type=int, default=0, help="skip that many files first")
    parser.add_argument("--mode", choices=("hints", "no-hints"), default="hints")
    parser.add_argument("--examples", type=int, default=1, help="places shown of each class")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args(arguments)
    totals = Totals()
    started = time.perf_counter()
    files = options.files or library_files()[options.start :: options.every]
    run(files, options.mode == "hints", totals)
    if options.json:
        print(json.dumps(totals.summary()))
    else:
        show(totals, time.perf_counter() - started, options.examples)
    return 1 if totals.failures else 0


if __name__ == "__main__":
    sys.exit(main())
