"""``python -m paddlefx diff``: two targets, or one under two Pythons -> equal, or where not."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ..decode.deep import decode_deep
from ..errors import PaddlefxError
from ..ir.compare import Mismatch, compare
from ..ir.instr import Instr
from ..ir.printer import format_instr
from ..ir.program import Program
from ..normalize import normalize
from .target import Loaded, load
from .terminal import Line, add_color_option, complain, show

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Register the command with argparse."""
    parser = commands.add_parser(
        "diff",
        help="compare the programs of two files, functions or Python versions",
        description="Say whether two code objects, with all inside them, are the same program, "
        "or show where they first differ. Layout, duplicated code and what CPython's versions "
        "write differently make no difference. The exit status is 0 if they are equal, 1 if "
        "they differ, 2 after an error.",
    )
    parser.add_argument(
        "a",
        help="FILE.py, FILE.pyc, FILE:qualname or module:qualname; "
        "with @3.8 behind it, as compiled by python3.8",
    )
    parser.add_argument("b", nargs="?", help="the same; left out, A under the second --python")
    parser.add_argument(
        "--python",
        metavar="X.Y",
        action="append",
        default=[],
        help="compile with pythonX.Y; given twice, A with the first and B with the second",
    )
    parser.add_argument(
        "--as-decoded",
        action="store_true",
        help="leave out the passes that take away the differences of versions",
    )
    parser.add_argument("--lines", action="store_true", help="the source lines must be the same")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_color_option(parser)
    parser.set_defaults(run=run)


class _Difference(NamedTuple):
    """A mismatch, or a word on programs that have no partner."""

    mismatch: Optional[Mismatch]
    text: str


def run(options: argparse.Namespace) -> int:
    """Run it; the exit status."""
    try:
        a, b = _load(options)
        found = _compare(a, b, options)
    except PaddlefxError as error:
        return complain("diff", error)
    if options.json:
        json.dump(_as_json(a, b, found), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        show(_report(a, b, found), options.color, sys.stdout)
    return 0 if found is None else 1


def _load(options: argparse.Namespace) -> Tuple[Loaded, Loaded]:
    pythons = options.python
    if len(pythons) > 2:
        raise PaddlefxError("--python can be given twice, for A and for B")
    if options.b is None and len(pythons) < 2:
        raise PaddlefxError(
            "there is nothing to compare it with",
            hint="give a second target, or two Pythons: --python 3.8 --python 3.13",
        )
    first = pythons[0] if pythons else None
    second = pythons[-1] if pythons else None
    a = load(options.a, first)
    return a, load(options.a if options.b is None else options.b, second)


def _compare(a: Loaded, b: Loaded, options: argparse.Namespace) -> Optional[_Difference]:
    if len(a.codes) != len(b.codes):
        return _Difference(
            None,
            f"{a.name} has {len(a.codes)} definitions of that name, {b.name} {len(b.codes)}",
        )
    for (name, code), (other_name, other_code) in zip(a.codes, b.codes):
        one = _program(a, name, code, options)
        other = _program(b, other_name, other_code, options)
        if name != other_name:
            _rename(other, other_name, name, other.name, one.name)
        mismatch = compare(one, other, lines=options.lines)
        if mismatch is not None:
            return _Difference(mismatch, mismatch.what)
    return None


def _program(loaded: Loaded, qualname: str, code: Any, options: argparse.Namespace) -> Program:
    program = decode_deep(code, loaded.table)
    program.qualname = qualname
    return program if options.as_decoded else normalize(program)


def _rename(program: Program, qualname: str, new: str, name: str, new_name: str) -> None:
    """Give a program that is compared with one of another name that name."""
    if program.name == name:
        program.name = new_name
    if program.qualname.startswith(qualname):
        program.qualname = new + program.qualname[len(qualname) :]
    for item in program.items:
        if isinstance(item, Instr) and isinstance(item.arg, Program):
            _rename(item.arg, qualname, new, "", "")


def _sides(a: Loaded, b: Loaded, found: Mismatch) -> List[Tuple[Loaded, Optional[Instr]]]:
    return [(a, found.a), (b, found.b)]


def _report(a: Loaded, b: Loaded, found: Optional[_Difference]) -> List[Line]:
    if found is None:
        programs = len(a.every_code())
        counted = f"{programs} program" + ("" if programs == 1 else "s")
        return [
            [
                ("equal", "good"),
                (f": {a.name} (Python {a.python}), {b.name} (Python {b.python}), {counted}", ""),
            ]
        ]
    mismatch = found.mismatch
    if mismatch is None:
        return [[("differ", "bad"), (f": {found.text}", "")]]
    lines: List[Line] = [
        [("differ", "bad"), (f" in {mismatch.where}: {mismatch.kind}: {mismatch.what}", "")]
    ]
    for loaded, instr in _sides(a, b, mismatch):
        if instr is None:
            lines.append([(f"  {loaded.filename}, Python {loaded.python}", "note")])
            continue
        number = instr.position.lineno
        where = f"{loaded.filename}:{'?' if number is None else number}"
        lines.append([(f"  {where}, Python {loaded.python}", "note")])
        source = loaded.source(number)
        if source is not None:
            lines.append([("      ", ""), (source.strip(), "source")])
        op, _, operand = format_instr(instr).partition(" ")
        lines.append([("      ", ""), (op, "op"), (f" {operand.strip()}" if operand else "", "")])
    return lines


def _as_json(a: Loaded, b: Loaded, found: Optional[_Difference]) -> Dict[str, Any]:
    answer: Dict[str, Any] = {
        "equal": found is None,
        "a": {"target": a.name, "file": a.filename, "python": a.python},
        "b": {"target": b.name, "file": b.filename, "python": b.python},
        "mismatch": None,
    }
    if found is not None:
        answer["mismatch"] = {"what": found.text}
        mismatch = found.mismatch
        if mismatch is not None:
            answer["mismatch"].update(kind=mismatch.kind, where=mismatch.where)
            for side, (loaded, instr) in zip("ab", _sides(a, b, mismatch)):
                answer["mismatch"][side] = None if instr is None else _side(loaded, instr)
    return answer


def _side(loaded: Loaded, instr: Instr) -> Dict[str, Any]:
    number = instr.position.lineno
    return {
        "instruction": " ".join(format_instr(instr).split()),
        "line": number,
        "source": loaded.source(number),
    }
