"""The canonical forms of source files, as this interpreter compiles them.

``python -m tests.conformance.forms`` reads requests from standard input, one JSON object a
line, and answers each with one line. It needs no package beside paddlefx and the standard
library, so that any interpreter can run it.

- ``{"path": FILE}``: ``{"codes": [[qualname, ordinal, digest], ..]}``, one for each code object
  of the normalised program, the module's first; or ``{"refused": why}`` where this version
  doesn't compile the source; or ``{"failed": why}`` where paddlefx fails.
- ``{"path": FILE, "wanted": [[qualname, ordinal], ..]}``: ``{"forms": [form, ..]}`` as well.
- ``"source": TEXT`` in place of ``path``, and ``"raw": true`` for programs as decoded.

A form stands for one code object: what is nested in it is there by its qualified name only.
"""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from typing import Any, Dict, Iterator, List, Tuple

from paddlefx.decode.deep import decode_deep
from paddlefx.ir.canonical import Canonical, canonical
from paddlefx.ir.instr import Instr
from paddlefx.ir.program import Program
from paddlefx.ir.verify import verify
from paddlefx.normalize import normalize
from paddlefx.opcodes import table_for

__all__ = ["answer", "forms"]


def programs(program: Program) -> Iterator[Program]:
    """A program and all inside it."""
    yield program
    for item in program.items:
        if isinstance(item, Instr) and isinstance(item.arg, Program):
            yield from programs(item.arg)


def shallow(program: Program) -> Canonical:
    """The form of a program, in which the inner ones are names."""
    items = []
    for item in program.items:
        if isinstance(item, Instr) and isinstance(item.arg, Program):
            item = Instr(
                item.op, ("program", item.arg.qualname), item.handler, item.position, item.spelling
            )
        items.append(item)
    return canonical(program.with_items(items))


def forms(code: Any, raw: bool = False) -> Iterator[Tuple[Tuple[str, int], Canonical]]:
    """The forms of a module's code objects by qualified name and ordinal."""
    program = decode_deep(code, table_for())
    if not raw:
        program = normalize(program)
    count: Dict[str, int] = {}
    seen = set()
    for inner in programs(program):
        verify(inner)
        form = shallow(inner)
        if (inner.firstlineno, form) in seen:
            # a ``finally`` body that is there twice
            continue
        seen.add((inner.firstlineno, form))
        ordinal = count[inner.qualname] = count.get(inner.qualname, -1) + 1
        yield (inner.qualname, ordinal), form


def answer(request: Dict[str, Any]) -> Dict[str, Any]:
    """The answer to one request."""
    path = request.get("path", "<source>")
    try:
        if "source" in request:
            source: Any = request["source"]
        else:
            with open(path, "rb") as file:
                source = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    try:
        found = dict(forms(code, request.get("raw", False)))
        result: Dict[str, Any] = {
            "codes": [[*key, form.digest()] for key, form in found.items()],
        }
        if "wanted" in request:
            wanted: List[List[Any]] = request["wanted"]
            result["forms"] = [
                found[name, ordinal].to_json() if (name, ordinal) in found else None
                for name, ordinal in wanted
            ]
        return result
    except Exception:
        return {"failed": traceback.format_exc()}


def main() -> None:
    """Answer until standard input ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
