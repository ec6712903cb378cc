"""Exceptions and managers: raised, caught and cleaned up as in the plain program."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.versus import outcome, versus


def t(size):
    return paddle.arange(size, dtype="float32")


class Box:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Special(ValueError):
    def __init__(self, code, text="special"):
        super().__init__(text)
        self.code = code


class Simple(KeyError):
    pass


def fails(kind):
    def inner(x):
        y = x + 1
        if kind == "index":
            return [1][3]
        if kind == "key":
            return {}["k"]
        if kind == "zero":
            return y / 0 if 1 // 0 else y
        if kind == "type":
            return 1 + "a"
        if kind == "attribute":
            return x.nothing
        if kind == "name":
            return undefined_name  # noqa: F821
        if kind == "unbound":
            del y
            return y
        if kind == "unpack":
            a, b = [1]
        if kind == "unpack more":
            a, b = 1, 2, 3
        if kind == "call":
            return inner()
        if kind == "keyword":
            return inner(x, q=1)
        if kind == "assert":
            assert len(x.shape) == 5, f"rank {len(x.shape)}"
        if kind == "special":
            raise Special(3)
        if kind == "simple":
            raise Simple("s")
        if kind == "class":
            raise ValueError
        if kind == "from":
            raise ValueError("a") from KeyError("b")
        if kind == "from none":
            raise ValueError("a") from None
        if kind == "stop":
            raise StopIteration(3)
        if kind == "not an exception":
            raise 3
        if kind == "shape":
            return x + paddle.ones([7])
        if kind == "import":
            from math import nothing_there  # noqa: F401
        if kind == "module":
            import not_a_module  # noqa: F401
        if kind == "int":
            int("x")
        if kind == "next":
            next(iter([]))
        return y

    return inner


KINDS = [
    "none", "index", "key", "zero", "type", "attribute", "name", "unbound", "unpack",
    "unpack more", "call", "keyword", "assert", "special", "simple", "class", "from", "from none",
    "stop", "not an exception", "shape", "import", "module", "int", "next",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_raised_at_the_root(kind):
    versus(fails(kind), [lambda: (t(2),)] * 3)


@pytest.mark.parametrize("kind", KINDS)
def test_caught_by_the_caller(kind):
    inner = fails(kind)

    def function(x):
        log = [x * 2]
        try:
            log.append(inner(x))
        except (KeyError, IndexError) as error:
            log.append(("look up", type(error).__name__))
        except ImportError:
            log.append("import")
        except AttributeError:
            log.append("attribute")
        except ArithmeticError:
            log.append("arithmetic")
        except NameError as error:
            log.append(isinstance(error, UnboundLocalError))
        except Special as error:
            log.append(error.code)
        except ValueError as error:
            log.append(str(error))
        except StopIteration:
            log.append("stop")
        except Exception as error:
            log.append(type(error))
        else:
            log.append("else")
        finally:
            log.append(x + 1)
        return log

    versus(function, [lambda: (t(2),)] * 3)


@pytest.mark.parametrize("kind", KINDS)
def test_caught_and_raised_again(kind):
    inner = fails(kind)

    def wrapped(x, box):
        try:
            return inner(x)
        except LookupError:
            box.value = "again"
            raise
        except ValueError as error:
            box.value = x * 3
            raise RuntimeError("other") from error
        except TypeError:
            raise OverflowError("while handling")  # noqa: B904
        finally:
            box.done = True

    def function(x, box):
        y = x + 1
        try:
            wrapped(x, box)
        except KeyError:
            y = y * 2
        return y

    versus(wrapped, [lambda: (t(2), Box())] * 3)
    versus(function, [lambda: (t(2), Box())] * 3)


def test_the_exception_is_new_each_time():
    def kept(x):
        try:
            raise ValueError("kept")
        except ValueError as error:
            found = error
        return x + 1, found

    def made(x):
        return x + 1, ValueError("made", 3)

    def raised(x):
        y = x + 1
        error = ValueError("raised", y.shape)
        raise error

    for function in (kept, made, raised):
        compiled = paddlefx.optimize(function)
        found = [outcome(compiled, (t(2),)) for _ in range(4)]
        errors = [o.error if o.error is not None else o.value[1] for o in found]
        assert len({id(error) for error in errors}) == 4
        plain = outcome(function, (t(2),))
        expected = plain.error if plain.error is not None else plain.value[1]
        for error in errors:
            assert error.args == expected.args
            assert (error.__traceback__ is None) == (expected.__traceback__ is None)
            depth, where = 0, error.__traceback__
            while where is not None:
                depth, where = depth + 1, where.tb_next
            assert depth <= 4


def test_a_bare_raise_in_a_callee():
    def again():
        raise

    def function(x):
        try:
            try:
                raise KeyError("k")
            except KeyError:
                again()
        except KeyError:
            return x + 1
        except RuntimeError:
            return x + 2

    versus(function, [lambda: (t(2),)] * 2)


def test_an_exception_that_comes_from_a_break():
    def explode(box):
        box.count += 1
        raise KeyError("from the call")

    paddlefx.disable(explode)

    def function(x, box):
        y = x + 1
        box.value = y
        try:
            print("before")
            explode(box)
        except KeyError as error:
            y = y * 2
            box.text = str(error)
        finally:
            y = y + 1
        return y

    for _ in range(2):
        versus(function, [lambda: (t(2), Box(count=0))] * 3)


def test_a_manager_around_a_break():
    class Manager:
        def __init__(self, log, swallow):
            self.log = log
            self.swallow = swallow

        def __enter__(self):
            self.log.append("in")
            return 2.0

        def __exit__(self, *error):
            self.log.append(error[0])
            return self.swallow

    def function(x, log, swallow, fail):
        y = x + 1
        with Manager(log, swallow) as scale, paddle.no_grad():
            y = y * scale
            print("inside")
            if fail:
                raise ValueError("inside")
            y = y + 1
        log.append(y)
        return y

    calls = [
        lambda swallow=swallow, fail=fail: (t(2), [], swallow, fail)
        for swallow in (False, True)
        for fail in (False, True)
    ]
    versus(function, calls * 2)


def test_a_cycle_of_contexts_that_the_program_makes():
    def cycle(x):
        try:
            raise ValueError(1)
        except ValueError as error:
            error.__context__ = error
            raise TypeError(2, x.shape)

    def function(x):
        try:
            cycle(x)
        except TypeError as error:
            first = error.__context__
            return x + 1, type(first), first.__context__ is first

    found = paddlefx.optimize(function)(t(2))  # 3.8 doesn't end here (bpo-25782)
    assert found[0].tolist() == [1.0, 2.0]
    assert found[1:] == (ValueError, True)


class Asked:
    blech = None

    def __getattr__(self, name):
        if name == "silent":
            raise AttributeError
        if name == "named":
            raise AttributeError("named", name=None, obj=3)
        raise AttributeError("words")

    @property
    def inner(self):
        return self.other


class Plainly:
    def own(self):
        return self.missing


def look_ups(item):
    yield lambda: item.silent
    yield lambda: item.worded
    yield lambda: getattr(item, "by_name")
    yield lambda: item.inner
    yield lambda: Plainly().missing
    yield lambda: Plainly().own()
    yield lambda: [].missing
    yield lambda: (1).missing
    yield lambda: look_ups.missing
    yield lambda: missing  # noqa: F821
    if hasattr(AttributeError, "name"):
        yield lambda: item.named


@pytest.mark.parametrize("alive", [False, True], ids=["read in the graph", "alive at a break"])
def test_what_an_error_knows_of_the_look_up(alive):
    """``name`` and ``obj`` of an AttributeError (3.10+), from which Python makes suggestions."""

    @paddlefx.disable
    def passed_on(error):
        seen.append(error)
        return error

    def function(x):
        item, found = Asked(), []
        for call in look_ups(item):
            try:
                call()
            except (AttributeError, NameError) as error:
                if alive:
                    error = passed_on(error)
                obj = getattr(error, "obj", None)
                found.append((getattr(error, "name", None), obj is item, type(obj), error.args))
        return x + 1, found

    seen = []
    versus(function, [lambda: (t(2),)] * 2)
    assert bool(seen) is alive


def test_names_that_are_suggested():
    """``Python/suggestions.c`` looks at the names of the frame's locals, bound or not."""

    def function(x):
        noise = bc = None  # noqa: F841
        if x is None:
            blech = 1  # noqa: F841
        return x + bluch  # noqa: F821

    def told(call):
        try:
            call(t(2))
        except NameError as error:
            frame = error.__traceback__
            while frame.tb_next is not None:
                frame = frame.tb_next
            return set(frame.tb_frame.f_code.co_varnames)
        raise AssertionError

    assert told(function) <= told(paddlefx.optimize(function))
