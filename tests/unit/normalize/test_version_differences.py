"""Normalised modules, simulated, do what the plain ones do; and the differences are gone.

They are simulated, not emitted: up to 3.11 there is no opcode for an inlined comprehension.
"""

from __future__ import annotations

import textwrap

import pytest

from paddlefx.decode.deep import decode_deep
from paddlefx.ir.instr import Instr, Op
from paddlefx.ir.program import Program
from paddlefx.ir.verify import verify
from paddlefx.normalize import normalize
from paddlefx.opcodes import table_for
from tests.support.simulator import Simulator

TABLE = table_for()

SLICES = """
    class Log(list):
        def __getitem__(self, key):
            log.append(("get", key))
            return list.__getitem__(self, key)

        def __setitem__(self, key, value):
            log.append(("set", key, value))
            list.__setitem__(self, key, value)

    def value(x):
        log.append(x)
        return x

    def plain():
        x = Log(range(5))
        x[value(1):value(3)] += value([7])
        x[:value(2)] *= 2
        return x, log

    def loops():
        x = Log(range(5))
        for i in range(2):
            x[i:i + 1] += [y for y in range(2) if y]
            x[i:] += (lambda: x[:1])()
        return x, log

    def raises():
        x = Log(range(5))
        try:
            x[value(1):] += [1 // y for y in (1, 0)]
        except ZeroDivisionError as error:
            log.append(str(error))
        try:
            x[0:1] += None
        except TypeError:
            log.append("type")
        return x, log

    def nested():
        x = Log(range(5))
        x[0:1] += x[2:3] if x[1:2] else []
        x[x[0]:x[2]] += [[z for z in range(y)] for y in range(2)]
        return x, log
"""

STRINGS = """
    def plain(a="v", w=7):
        return f"", f"{a}", f"{a:{w}}", f"{a!r:>{w}}", f"x{a}{''}y", f"{w:{w}.{w - 3}f}", "" f"" ""
"""

AWAITS = """
    import asyncio

    class Manager:
        async def __aenter__(self):
            log.append("enter")
            return self

        async def __aexit__(self, *exception):
            log.append(exception[0])
            return True

    async def run():
        async with Manager() as manager, Manager():
            log.append(manager is not None)
            raise KeyError
        async with Manager():
            return 1

    class NotAwaitable:
        def __aenter__(self):
            return 1

        def __aexit__(self, *exception):
            return 1

    async def fails():
        async with NotAwaitable():
            pass

    def plain():
        loop = asyncio.new_event_loop()
        try:
            log.append(loop.run_until_complete(run()))
            try:
                loop.run_until_complete(fails())
            except TypeError:
                log.append("not awaitable")
        finally:
            loop.close()
        return log
"""

CLASS_SCOPES = """
    def plain():
        class Inner:
            names = ["a", "bb"]
            lengths = {name: len(name) for name in names}
            pairs = [(n, m) for n in range(3) for m in range(n)]
            name = "kept"
            functions = [lambda: n for n in range(2)]

        found = vars(Inner)
        return sorted(k for k in found if k[0] != "_"), found["lengths"], found["pairs"], [
            f() for f in found["functions"]
        ], found["name"]

    def raises():
        try:
            class Inner:
                n = 5
                bad = [1 // n for n in (1, 0)]
        except ZeroDivisionError as error:
            return str(error)
"""

GROUPS = """
    def raised(*errors):
        try:
            raise ExceptionGroup("group", errors)
        except* ValueError as group:
            log.append(("value", group.exceptions))
        except* (KeyError, TypeError) as group:
            log.append(("key", len(group.exceptions)))
            raise
        else:
            log.append("else")
        finally:
            log.append("finally")

    def plain():
        for errors in ([ValueError(1)], [ValueError(1), KeyError(2)], [OSError()], [TypeError()]):
            try:
                raised(*errors)
            except BaseException as error:
                log.append((type(error).__name__, len(error.exceptions)))
        return [repr(entry) for entry in log]
"""


MATCH = """
    class Point:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def taken(value):
        match value:
            case {"a": first, "b": [1, *others], **rest}:
                return first, others, rest
            case {1: {"c": inner, **rest}, 2: Point(0, y)}:
                return inner, y, rest
            case {"only": _, **rest} if rest:
                return rest
            case Point(x, Point(0, y)) | Point(Point(x, 0), y):
                return x, y
            case Point(x=int() as number, y=str()):
                return number
            case {}:
                return "mapping", value
        return "none"

    def plain():
        values = [
            {"a": 1, "b": [1, 2, 3], "z": 9}, {"a": 1, "b": [2]}, {1: {"c": 5, "d": 6}, 2: Point(0, 7)},
            {"only": 1}, {"only": 1, "more": 2}, Point(1, Point(0, 2)), Point(Point(3, 0), 4),
            Point(5, "s"), Point("s", 5), {}, 3,
        ]
        return [taken(value) for value in values]
"""


def parses(source):
    try:
        compile(textwrap.dedent(source), "<source>", "exec")
    except SyntaxError:
        return False
    return True


SOURCES = {
    name: source
    for name, source in (
        ("slices", SLICES),
        ("strings", STRINGS),
        ("awaits", AWAITS),
        ("class scopes", CLASS_SCOPES),
        ("groups", GROUPS),
        ("match", MATCH),
    )
    if parses(source)
}


def results(run):
    """What the functions of a module that take no argument give, each with an empty log."""
    log = []
    namespace = {"__name__": "module", "log": log}
    run(namespace)
    found = {}
    for name in ("plain", "loops", "raises", "nested"):
        if name in namespace:
            log.clear()
            found[name] = repr(namespace[name]())
    return found


def instructions(program):
    for item in program.items:
        if isinstance(item, Instr):
            yield item
            if isinstance(item.arg, Program):
                yield from instructions(item.arg)


@pytest.mark.parametrize("name", SOURCES)
def test_normalised_code_does_the_same(name):
    code = compile(textwrap.dedent(SOURCES[name]), f"<{name}>", "exec", dont_inherit=True)
    program = normalize(decode_deep(code, TABLE))
    for inner in (program, *programs(program)):
        verify(inner)
    expected = results(lambda namespace: exec(code, namespace))
    assert len(expected) == textwrap.dedent(SOURCES[name]).count("\ndef ") - HELPERS[name]
    assert results(lambda namespace: Simulator().run_module(program, namespace)) == expected


def programs(program):
    return [i.arg for i in instructions(program) if isinstance(i.arg, Program)]


#: Functions of the sources that are not run on their own.
HELPERS = {"slices": 1, "strings": 0, "awaits": 0, "class scopes": 0, "groups": 1, "match": 1}


def normalised(name):
    code = compile(textwrap.dedent(SOURCES[name]), f"<{name}>", "exec", dont_inherit=True)
    return list(instructions(normalize(decode_deep(code, TABLE))))


def test_what_the_passes_take_out():
    assert not [i for i in normalised("awaits") if i.op is Op.GET_AWAITABLE and i.arg]
    strings = normalised("strings")
    assert not [i for i in strings if i.op is Op.BUILD_STRING and i.arg < 2]
    # one of '' stays: the text between the braces of f"{''}" is a value, not a part
    slices = normalised("slices")
    assert len([i for i in slices if i.op is Op.STORE_SUBSCR]) > 5
    assert not [i for i in slices if i.op is Op.SWAP and i.arg == 4]
    saved = {i.arg for i in normalised("class scopes") if i.op is Op.SAVE_LOCAL}
    assert saved and not saved & {".0", "len", "range"}
