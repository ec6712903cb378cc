"""The functions of tests/golden/programs as listings, and the files the listings are in."""

from __future__ import annotations

import functools
import pathlib
import re
import warnings

from paddlefx.decode.deep import decode_deep
from paddlefx.ir.canonical import canonical
from paddlefx.ir.instr import Instr, Op, Position
from paddlefx.ir.printer import format_program
from paddlefx.ir.program import Program
from paddlefx.normalize import normalize
from paddlefx.opcodes import table_for

PROGRAMS = pathlib.Path(__file__).resolve().parents[1] / "golden" / "programs"
_HEAD = "=== "


def needed_version(path):
    """What the first line of a source says: ``python >= 3.10``."""
    match = re.match(r'"""python >= (\d+)\.(\d+)', path.read_text("utf-8"))
    return (int(match.group(1)), int(match.group(2))) if match else (0, 0)


def override_path(path, version):
    """Where a version's own listings of a source file are, if it has any."""
    return path.with_name("%s.%d.%d.txt" % (path.stem, *version))


@functools.lru_cache(maxsize=None)
def listings(path):
    """Each function and class at the top of a source file, and the module, as listings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(path.read_bytes(), path.name, "exec", dont_inherit=True)
    module = canonical(normalize(decode_deep(code, table_for()))).program()
    found = {}
    for program in _inside(module):
        name = program.name.replace("<generic parameters of ", "").rstrip(">")
        assert name not in found, f"{path.name} has two of {name}"
        found[name] = _deep_listing(program)
    found["<module>"] = _listing(module)
    return found


def _inside(program):
    """The programs that a program loads, in the order of the source."""
    items = [item for item in program.items if isinstance(item, Instr)]
    inner = {
        id(item.arg): item.arg
        for item in items
        if item.op is Op.LOAD_CONST and isinstance(item.arg, Program)
    }
    return sorted(inner.values(), key=lambda program: program.firstlineno)


def _deep_listing(program):
    return "\n".join([_listing(program), *map(_deep_listing, _inside(program))])


def _listing(program):
    """Without source lines: the versions don't give the same one to each instruction."""
    for item in program.items:
        if isinstance(item, Instr):
            item.position = Position()
    return format_program(program)


def text_of(found):
    """Listings as a file has them."""
    return "\n".join(f"{_HEAD}{name}\n{listing}" for name, listing in found.items())


def parse_listings(text):
    """The listings of a file; comment lines before the first are skipped."""
    found = {}
    for piece in ("\n" + text).split("\n" + _HEAD)[1:]:
        name, _, listing = piece.partition("\n")
        found[name] = listing.rstrip("\n") + "\n"
    return found


def reason_of(text):
    """The comment lines that an override file begins with."""
    lines = text.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:count])
