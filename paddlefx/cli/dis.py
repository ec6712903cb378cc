"""``python -m paddlefx dis``: targets -> their programs, with source lines and opcodes."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Dict, List

from ..decode.origins import decode_with_origins
from ..errors import PaddlefxError
from ..ir.instr import Instr, Label
from ..ir.printer import format_operand, label_names
from .listing import listing, opcodes, parameters
from .target import Loaded, load
from .terminal import Line, add_color_option, complain, show

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Register the command with argparse."""
    parser = commands.add_parser(
        "dis",
        help="print the programs that Python code decodes to",
        description="Print the program of a code object and of all inside it, with the source "
        "lines. Programs are in paddlefx's instruction set, which is the same for "
        "every CPython.",
    )
    parser.add_argument(
        "target",
        help="FILE.py, FILE.pyc, FILE:qualname or module:qualname; "
        "with @3.8 behind it, as compiled by python3.8",
    )
    parser.add_argument(
        "--python", metavar="X.Y", help="compile with pythonX.Y, which must be on PATH"
    )
    parser.add_argument("--both", action="store_true", help="show the version's own opcodes beside")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_color_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run it; the exit status: 0, or 2 after an error."""
    try:
        loaded = load(options.target, options.python)
        if options.json:
            json.dump(as_json(loaded), sys.stdout, indent=2)
            sys.stdout.write("\n")
            return 0
        lines: List[Line] = []
        for qualname, code in loaded.every_code():
            if lines:
                lines.append([])
            lines.extend(listing(loaded, qualname, code, options.both))
    except PaddlefxError as error:
        return complain("dis", error)
    show(lines, options.color, sys.stdout)
    return 0


def as_json(loaded: Loaded) -> Dict[str, Any]:
    """What ``--json`` prints: always with the opcodes."""
    return {
        "target": loaded.name,
        "file": loaded.filename,
        "python": loaded.python,
        "programs": [_program(loaded, *named) for named in loaded.every_code()],
    }


def _program(loaded: Loaded, qualname: str, code: Any) -> Dict[str, Any]:
    decoded = decode_with_origins(code, loaded.table)
    program = decoded.program
    names = label_names(program)
    every = [opcode._asdict() for opcode in opcodes(loaded, code, decoded)]
    body: List[Dict[str, Any]] = []
    for item, row in zip(program.items, decoded.rows):
        if isinstance(item, Label):
            if item in names:
                body.append({"label": names[item]})
        else:
            entry = _instr(item, names)
            entry["opcodes"] = [every[index] for index in row]
            body.append(entry)
    return {
        "name": qualname,
        "firstlineno": program.firstlineno,
        "parameters": list(parameters(program)),
        "cells": list(program.cellvars),
        "free": list(program.freevars),
        "body": body,
        "opcodes_without_an_instruction": [every[index] for index in decoded.rest],
    }


def _instr(item: Instr, names: Dict[Label, str]) -> Dict[str, Any]:
    handler = item.handler
    return {
        "op": item.op.value,
        "operand": format_operand(item, names),
        "line": item.position.lineno,
        "handler": None
        if handler is None
        else {
            "label": names.get(handler.label),
            "depth": handler.depth,
            "scopes": handler.scopes,
        },
    }
