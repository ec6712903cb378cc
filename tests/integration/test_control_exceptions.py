"""Exceptions that are raised and caught in captured code: one graph, and the plain outcome."""

from __future__ import annotations

import builtins
import sys

import paddle
import pytest

import paddlefx
from tests.support.capturing import captured, defined
from tests.support.same import assert_same
from tests.support.versus import versus


def t():
    return paddle.arange(3, dtype="float32") + 1


class Coded(ValueError):
    kind = "coded"

    def __init__(self, code, text="coded", *, more=None):
        super().__init__(text, code)
        self.code = code
        self.more = more

    @property
    def double(self):
        return self.code * 2

    def describe(self):
        return f"{self.kind}:{self.code}"


class Worded(Exception):
    def __str__(self):
        return "<" + ",".join(str(item) for item in self.args) + ">"


class Bare(KeyError):
    pass


class Chained(Coded):
    def __init__(self, *args):
        Coded.__init__(self, len(args), "chained")
        self.args = args


def else_and_finally(x):
    log = []
    for value in (1, 0):
        try:
            result = 4 // value
        except ZeroDivisionError as error:
            log.append(str(error))
        else:
            log.append(result)
            x = x * 2
        finally:
            x = x + 1
    return x, log


def return_in_finally(x):
    def inner(y):
        try:
            raise KeyError("lost")
        finally:
            return y + 1  # noqa: B012

    return inner(x) * 2


def return_in_try(x):
    log = []

    def inner(y):
        try:
            return y * 2
        finally:
            log.append("cleanup")

    return inner(x), log


def break_and_continue(x):
    log = []
    for index in range(6):
        try:
            if index == 1:
                continue
            if index == 4:
                break
            x = x + index
        finally:
            log.append(index)
            x = x * 2
    return x, log


def continue_in_finally(x):
    count = 0
    while count < 3:
        count += 1
        try:
            x = x + [1, 2][count]
        except IndexError:
            x = x - 1
        finally:
            if count < 2:
                continue  # noqa: B012
        x = x * 3
    return x


def nested(x):
    log = []
    try:
        try:
            try:
                raise Coded(3)
            except KeyError:
                log.append("wrong")
            finally:
                log.append("inner")
        except (IndexError, Coded) as error:
            log.append(error.code)
            raise Worded("a", 2) from error
    except Worded as error:
        log.append((str(error), error.__cause__.code, error.__context__ is error.__cause__))
        log.append(error.__suppress_context__)
    return x + 1, log


def in_a_call(x):
    def deepest(value):
        if value:
            raise Coded(value, more=[value])
        return x + 1

    def deeper(value):
        return deepest(value) * 2

    try:
        y = deeper(0)
        y = y + deeper(5)
    except ValueError as error:
        y = y * error.code + error.double
        return y, error.more, error.args, error.describe(), type(error).__name__, repr(error)


def attributes(x):
    log = []
    try:
        raise Chained(1, "b")
    except Chained as error:
        error.extra = x * 2
        error.code += 1
        log += [error.extra, error.code, error.args, hasattr(error, "nothing"), error.kind]
        log.append(getattr(error, "nothing", "default"))
        del error.extra
        log.append(hasattr(error, "extra"))
        log.append((error.__class__ is Chained, isinstance(error, ValueError), error.double))
        error.args = ("other",)
        log.append(f"{error} {error!r}")
    return x + 1, log


def raised_again(x):
    log = []

    def inner():
        try:
            raise Bare("k")
        except KeyError as error:
            log.append(repr(error))
            raise

    try:
        inner()
    except LookupError as error:
        log.append((type(error) is Bare, error.args, error.__context__ is None))
    return x + 1, log


def context(x):
    log = []
    try:
        try:
            {}["first"]
        except KeyError:
            try:
                [].pop()
            except IndexError as second:
                log.append(type(second.__context__))
            raise ValueError("third")  # noqa: B904
    except ValueError as error:
        log.append((str(error), error.__context__.args, error.__cause__))
        log.append(error.__suppress_context__)
    try:
        try:
            raise KeyError(1)
        except KeyError:
            raise ValueError(2) from None
    except ValueError as error:
        log.append((error.__cause__, error.__suppress_context__, type(error.__context__)))
    return x * 2, log


def unbound_after(x):
    error = "before"
    try:
        raise KeyError("k")
    except KeyError as error:  # noqa: F841
        x = x + 1
    try:
        error  # noqa: B018
    except UnboundLocalError as missing:
        return x, str(missing)


def operations(x):
    log = []

    def note(function, *args):
        try:
            function(*args)
        except Exception as error:
            log.append((type(error).__name__, str(error), error.args))

    note(lambda: {"a": 1}["b"])
    note(lambda: [1][4])
    note(lambda: (1,)[4])
    note(lambda: 1 % 0)
    note(lambda: 1 + "a")
    note(lambda: "a" + 1)
    note(lambda: int("x"))
    note(lambda: "abc".index("z"))
    note(lambda: len(3))
    note(lambda: [1, 2].index(5))
    note(lambda: [].pop())
    note(lambda: [3].pop(2))
    note(lambda: [1].remove(2))
    note(lambda: (3).nothing)
    note(lambda: [].nothing)
    note(lambda: {}.pop("k"))
    note(lambda: {}.popitem())
    note(lambda: unpack(1))
    note(lambda: unpack(3))
    note(lambda: star([1]))
    note(lambda: undefined_name)  # noqa: F821
    note(lambda a: a)
    note(lambda a: a, 1, 2)
    note(lambda a, *, b: a, 1)
    note(unpack, 1, 2)
    note(lambda: unpack(c=1))
    note(lambda: unpack(1, count=2))
    note(lambda: max([]))
    note(lambda: next(iter([])))
    note(lambda: 3 in 4)
    note(lambda: [*3])
    note(lambda: {[]: 1})
    note(lambda: f"{3:x<q}")
    note(lambda: [1] < [""])
    note(lambda: object.nothing)
    note(lambda: sys.nothing)
    note(lambda: None())
    note(lambda: 3 @ 4)
    note(lambda: -"a")
    return x + 1, log


def unpack(count):
    a, b = range(count)


def star(values):
    a, b, *c = values


def raise_of_something_else(x):
    log = []
    for value in (3, "text", int, None, [ValueError]):
        try:
            raise value
        except TypeError as error:
            log.append(str(error))
    try:
        raise ValueError from 3
    except TypeError as error:
        log.append(str(error))
    try:
        try:
            raise KeyError
        except 3:
            pass
    except TypeError as error:
        log.append((str(error), type(error.__context__)))
    return x + 1, log


def stop_iteration(x):
    def generate():
        yield 1
        return "result"

    log = []
    made = generate()
    log.append(next(made))
    try:
        next(made)
    except StopIteration as stop:
        log += [stop.value, stop.args]
    try:
        raise StopIteration(3, 4)
    except StopIteration as stop:
        log += [stop.value, stop.args]
    try:
        next(iter(()))
    except StopIteration as stop:
        log += [stop.value, stop.args]
    return x + 1, log


def a_value_of_the_graph(x):
    try:
        raise ValueError("with a tensor", x * 2)
    except ValueError as error:
        text, value = error.args
        return value + 1, text


def in_a_generator(x):
    log = []

    def generate():
        try:
            yield 1
            yield 2 // 0
        except ZeroDivisionError:
            log.append("in the generator")
            yield 3
        finally:
            log.append("done")
        raise KeyError("end")

    try:
        for value in generate():
            x = x * value
            log.append(value)
    except KeyError as error:
        log.append(error.args)
    return x, log


def stop_in_a_generator(x):
    def generate():
        yield 1
        raise StopIteration("early")

    try:
        for value in generate():
            x = x + value
    except RuntimeError as error:
        return x, str(error), type(error.__cause__), error.__cause__.value


def of_the_system(x):
    log = []
    try:
        raise OSError(2, "no such", "file")
    except FileNotFoundError as error:
        log += [error.errno, error.strerror, error.filename, error.args, str(error)]
    try:
        b"\xff".decode("ascii")
    except UnicodeDecodeError as error:
        log += [error.reason, error.start, str(error)]
    try:
        raise ImportError("no", name="module")
    except ImportError as error:
        log += [error.name, error.path, error.msg, str(error)]
    try:
        raise SystemExit(3)
    except SystemExit as error:
        log += [error.code]
    return x * 2, log


def exc_info(x):
    try:
        raise Coded(4)
    except Coded as error:
        kind, value, trace = sys.exc_info()
        return x + 1, kind, value is error, trace is None, trace is error.__traceback__


def not_raised(x):
    kept = [Coded(1, more=x + 1), ValueError("plain", 2), Bare(), KeyError, OSError(3, "text")]
    kept[0].other = {"a": x * 2}
    return kept, kept[0].args


# Not rewritten by pytest.
ASSERTIONS = defined(
    """
    def assertions(x):
        log = []
        for size in (1, 3):
            try:
                assert x.shape[0] == size, f"not {size}"
                x = x + size
            except AssertionError as error:
                log.append(error.args)
        try:
            assert not x.shape
        except AssertionError as error:
            log.append((str(error), error.args))
        return x, log
    """
)

FUNCTIONS = [
    else_and_finally, return_in_finally, return_in_try, break_and_continue, continue_in_finally,
    nested, in_a_call, attributes, raised_again, context, unbound_after, operations,
    raise_of_something_else, stop_iteration, a_value_of_the_graph, in_a_generator,
    stop_in_a_generator, of_the_system, exc_info, ASSERTIONS["assertions"], not_raised,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_one_graph(function):
    captured(function, [lambda: (t(),)])


def asks_outside(x, how):
    if how == "exc_info":
        return x + 1, sys.exc_info()[0]
    if how == "context":
        try:
            raise KeyError("inner")
        except KeyError as error:
            return x + 1, type(error.__context__)
    try:
        raise  # noqa: PLE0704
    except Exception as error:
        return x + 1, repr(error)


@pytest.mark.parametrize("how", ["exc_info", "context", "raise"])
def test_what_a_frame_outside_handles(how):
    captured(asks_outside, [lambda: (t(), how)])
    compiled = paddlefx.optimize(asks_outside)

    def handling(function):
        try:
            raise ValueError("outer")
        except ValueError:
            return function(t(), how)[1]

    for _ in range(2):
        assert handling(compiled) == handling(asks_outside) != asks_outside(t(), how)[1]
        assert compiled(t(), how)[1] == asks_outside(t(), how)[1]


GROUPS = """
def raised_in_the_handler(x):
    group = ExceptionGroup("eg", [TypeError(1), ValueError(2)])
    try:
        try:
            raise group
        except* (TypeError, ValueError) as e:
            raise SyntaxError("bad") from e
    except SyntaxError as e:
        error = e
    return x * 2, repr(error), repr(error.__cause__), repr(error.__context__)


def raised_bare(x):
    try:
        try:
            raise ExceptionGroup("eg", [ValueError(1), OSError(2)])
        except* OSError as e:
            raise TypeError(3) from e
    except ExceptionGroup as e:
        error = e
    return x * 2, repr(error)
"""


def test_a_break_among_except_star_clauses_gives_the_plain_errors():
    try:
        code = compile(GROUPS, __file__, "exec")
    except SyntaxError:
        assert not hasattr(builtins, "ExceptionGroup")
        return
    names = {}
    exec(code, names)
    x = paddle.ones([2])
    for name in ("raised_in_the_handler", "raised_bare"):
        compiled = paddlefx.optimize(names[name])
        for _ in range(3):
            assert_same(compiled(x), names[name](x))


def handled_exception(x):
    asked = getattr(sys, "exception", lambda: sys.exc_info()[1])
    before = asked()
    try:
        raise ValueError("v")
    except ValueError as error:
        inside = asked() is error
    return x + 1, before, inside, asked()


def test_the_exception_that_is_handled():
    paddlefx.reset()
    found = versus(handled_exception, [lambda: (paddle.ones([2]),)] * 2)
    assert (found["graphs"], found["graph_breaks"], found["fallbacks"]) == (1, 0, 0)
