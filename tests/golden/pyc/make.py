"""Compiles plain.py and traps.py by the Python that runs this, and writes what it sees in them.

``for v in 3.8 3.9 3.10 3.11 3.12 3.13; do python$v tests/golden/pyc/make.py; done``; 3.14 runs
it under pyodide. Nothing of paddlefx is used: the JSON file says what the version's own
``marshal`` and ``dis`` read.
"""

import dis
import json
import os
import py_compile
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = (
    "co_argcount co_posonlyargcount co_kwonlyargcount co_nlocals co_stacksize co_flags co_names "
    "co_varnames co_cellvars co_freevars co_filename co_name co_firstlineno"
).split()
NEWER = ("co_qualname",)


def described(code):
    """A code object as JSON: constants as exact text, and where each opcode comes from."""
    fields = {name: getattr(code, name) for name in FIELDS}
    fields.update({name: getattr(code, name) for name in NEWER if hasattr(code, name)})
    fields["co_code"] = code.co_code.hex()
    fields["co_exceptiontable"] = getattr(code, "co_exceptiontable", b"").hex()
    fields["co_consts"] = [
        described(value) if hasattr(value, "co_code") else exact(value) for value in code.co_consts
    ]
    if hasattr(code, "co_positions"):
        fields["positions"] = list(code.co_positions())
    else:
        fields["lines"] = lines(code)
    return fields


def lines(code):
    """The line of each two bytes of ``co_code``, up to 3.10."""
    found = [None] * (len(code.co_code) // 2)
    if hasattr(code, "co_lines"):
        for start, end, line in code.co_lines():
            found[start // 2 : end // 2] = [line] * ((end - start) // 2)
    else:
        starts = list(dis.findlinestarts(code))
        for (start, line), (end, _) in zip(starts, starts[1:] + [(len(code.co_code), 0)]):
            found[start // 2 : end // 2] = [line] * ((end - start) // 2)
    return found


def exact(value):
    """A constant as text that tells 1 from True and 0.0 from -0.0; sets in a fixed order."""
    if isinstance(value, frozenset):
        return "frozenset(%s)" % sorted(map(exact, value))
    if isinstance(value, tuple):
        return "tuple(%s)" % ", ".join(map(exact, value))
    return "%s %s" % (type(value).__name__, ascii(value))


def main():
    """Write both files beside the sources."""
    os.chdir(HERE)
    tag = "cpython-%d%d" % sys.version_info[:2]
    for name in ("plain", "traps"):
        target = "%s.%s.pyc" % (name, tag)
        py_compile.compile(
            name + ".py", target, doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )  # fmt: skip
        with open(name + ".py", "rb") as file:
            code = compile(file.read(), name + ".py", "exec")
        with open("%s.%s.json" % (name, tag), "w") as file:
            json.dump(described(code), file, separators=(",", ":"))
            file.write("\n")


if __name__ == "__main__":
    main()
