"""``try`` in all its forms, and exceptions that leave.

An exception that leaves is raised for real, and so is each of its chain, and each raising again on
its way: a break each.
"""

from __future__ import annotations

import paddle

from tests.constructs.construct import construct


def with_list(sign):
    return (paddle.ones([2]) * sign, [])


class Mine(ValueError):
    def __init__(self, code, text="mine"):
        super().__init__(text, code)
        self.code = code


class Theirs(Mine):
    pass


def fails(x, depth):
    if depth == 0:
        raise Mine(7)
    return fails(x + 1, depth - 1) * 2


@construct()
def try_without_error(x):
    try:
        y = x + 1
    except ValueError:
        y = x - 1
    return y


@construct()
def try_except_caught(x):
    try:
        x = x + 1
        raise ValueError("v")
    except ValueError:
        x = x * 2
    return x


@construct()
def try_except_as(x):
    try:
        raise KeyError("k", 2)
    except KeyError as error:
        size = len(error.args)
        name = error.args[0]
    return x * size, name


@construct()
def except_name_is_unbound(x):
    error = 5
    try:
        raise ValueError
    except ValueError as error:
        x = x + 1
    try:
        return x, error
    except UnboundLocalError:
        return x * 3


@construct()
def except_tuple(x):
    for make in (KeyError, IndexError, TypeError):
        try:
            raise make("m")
        except (KeyError, IndexError):
            x = x + 1
        except TypeError:
            x = x * 2
    return x


@construct()
def except_bare(x):
    try:
        [][1]
    except:  # noqa: E722 - the spelling under test
        x = x + 1
    return x


@construct()
def except_by_base_class(x):
    try:
        raise Theirs(3)
    except Mine as error:
        return x * error.code
    return x


@construct()
def except_not_matching(x):
    try:
        try:
            raise KeyError("inner")
        except ValueError:
            x = x * 100
    except LookupError:
        x = x + 1
    return x


@construct()
def try_else(x):
    try:
        x = x + 1
    except ValueError:
        x = x * 0
    else:
        x = x * 2
    return x


@construct()
def try_finally(x):
    log = []
    try:
        x = x + 1
        log.append("body")
    finally:
        x = x * 2
        log.append("finally")
    return x, log


@construct()
def try_finally_after_error(x):
    log = []
    try:
        try:
            raise ValueError("v")
        finally:
            log.append("finally")
    except ValueError:
        log.append("caught")
    return x * len(log), log


@construct()
def try_all_parts(x):
    log = []
    for value in (1, 0):
        try:
            x = x + 4 // value
        except ZeroDivisionError:
            log.append("except")
        else:
            log.append("else")
        finally:
            log.append("finally")
    return x, log


@construct()
def return_in_try_with_finally(x):
    log = []

    def inner(y):
        try:
            return y + 1
        finally:
            log.append("finally")

    return inner(x), log


@construct()
def return_in_finally(x):
    def inner(y):
        try:
            raise ValueError("lost")
        finally:
            return y * 2  # noqa: B012 - the construct under test

    return inner(x)


@construct()
def break_in_finally(x):
    for index in range(3):
        try:
            raise ValueError
        finally:
            x = x + index
            break  # noqa: B012 - the construct under test
    return x


@construct()
def continue_in_try_finally(x):
    for index in range(4):
        try:
            if index % 2:
                continue
            x = x + index
        finally:
            x = x + 10
    return x


@construct()
def reraised(x):
    try:
        try:
            raise ValueError("v")
        except ValueError:
            x = x + 1
            raise
    except ValueError as error:
        return x, error.args


@construct()
def raise_class_and_instance(x):
    count = 0
    for what in (ValueError, ValueError("x"), Mine(2)):
        try:
            raise what
        except ValueError as error:
            count += len(error.args)
    return x * count


@construct()
def raise_from(x):
    try:
        try:
            raise KeyError("cause")
        except KeyError as cause:
            raise ValueError("effect") from cause
    except ValueError as error:
        x = x + 1
        linked = type(error.__cause__).__name__, error.__suppress_context__
    return x, linked


@construct()
def raise_from_none(x):
    try:
        try:
            raise KeyError("cause")
        except KeyError:
            raise ValueError("effect") from None
    except ValueError as error:
        return x * 2, error.__cause__ is None, type(error.__context__).__name__


@construct()
def implicit_context(x):
    try:
        try:
            {}["missing"]
        except KeyError:
            1 // 0
    except ZeroDivisionError as error:
        return x + 1, type(error.__context__).__name__, str(error.__context__)


@construct()
def raised_in_inlined_call(x):
    try:
        return fails(x, 3)
    except Mine as error:
        return x * error.code


@construct()
def finally_in_inlined_call(x):
    log = []

    def inner():
        try:
            raise Mine(1)
        finally:
            log.append("cleaned")

    try:
        inner()
    except Mine:
        log.append("caught")
    return x * len(log), log


@construct()
def exception_attributes(x):
    try:
        raise Theirs(9, text="t")
    except Mine as error:
        return (
            x * error.code,
            error.args,
            str(error),
            type(error).__name__,
            isinstance(error, Theirs),
        )


@construct()
def exception_as_value(x):
    error = ValueError("unraised", 3)
    return x * error.args[1], [error]


@construct()
def errors_of_operations(x):
    found = []
    table, items = {}, [1]
    for kind in range(6):
        try:
            if kind == 0:
                table["a"]
            elif kind == 1:
                items[5]
            elif kind == 2:
                1 / 0
            elif kind == 3:
                int("q")
            elif kind == 4:
                x.missing
            else:
                None + 1
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    return x + 1, found


@construct()
def stop_iteration_value(x):
    def generate():
        yield 1
        return "done"

    running = generate()
    next(running)
    try:
        next(running)
    except StopIteration as stop:
        return x * 2, stop.value


@construct()
def unpack_error(x):
    try:
        a, b = [1, 2, 3]
    except ValueError as error:
        return x + 1, str(error)


@construct()
def assert_fails_inside(x):
    try:
        assert x.shape[0] == 7, "seven"
    except AssertionError as error:
        return x + 1, str(error)


@construct()
def try_in_loop(x):
    caught = 0
    for value in [1, 0, 2, 0]:
        try:
            x = x + 6 // value
        except ZeroDivisionError:
            caught += 1
            continue
        x = x * 2
    return x, caught


@construct()
def nested_handlers(x):
    log = []
    try:
        try:
            raise KeyError("a")
        except KeyError:
            try:
                raise ValueError("b")
            except ValueError:
                log.append("inner")
            log.append("outer")
            raise
    except KeyError as error:
        log.append(error.args[0])
    return x * len(log), log


@construct()
def exception_hierarchy(x):
    chosen = issubclass(Theirs, (Mine, KeyError)), ValueError.__mro__[1].__name__
    return x * 2, chosen


@construct(graphs=0, breaks=1)
def raise_leaves(x):
    y = x + 1
    raise Mine(y.shape[0])


@construct(graphs=0, breaks=1)
def raise_leaves_from_inlined_call(x):
    y = x * 2
    return fails(y, 2)


@construct(graphs=0, breaks=3)
def raise_from_leaves(x):
    y = x + 1
    try:
        {}[y.ndim]
    except KeyError as error:
        raise ValueError("no such rank") from error


@construct(breaks=1)
def error_of_operation_leaves(x):
    y = x * 2
    return [y][3]


@construct(breaks=1)
def shape_mismatch_leaves(x):
    y = x * 2
    return y + paddle.ones([7])


@construct(graphs=1, breaks=2)
def finally_as_it_leaves(x):
    log = []
    try:
        y = x + 1
        raise Mine(log)
    finally:
        log.append("finally")
        del y


@construct(breaks=1, make=with_list)
def error_changes_state_before(x, state):
    state.append(1)
    y = x + 1
    state.append(y)
    raise KeyError("after")
