"""Programs that raise, in many places and ways; ``f(x, log)`` of a tensor and a list."""

from __future__ import annotations

import contextlib
import sys
import traceback

import paddle


class Mine(ValueError):
    def __init__(self, code):
        super().__init__(f"mine {code}")
        self.code = code


class Manager:
    def __init__(self, log, fails=None, swallow=False):
        self.log, self.fails, self.swallow = log, fails, swallow

    def __enter__(self):
        self.log.append("enter")
        if self.fails == "enter":
            raise Mine("enter")
        return self

    def __exit__(self, kind, error, trace):
        self.log.append(kind and kind.__name__)
        if self.fails == "exit":
            raise Mine("exit")
        return self.swallow


@contextlib.contextmanager
def managed(log):
    log.append("before")
    try:
        yield 1
    finally:
        log.append("after")


@contextlib.contextmanager
def translating():
    try:
        yield
    except KeyError as error:
        raise Mine("translated") from error


def fails(kind):
    if kind == "mine":
        raise Mine(kind)
    if kind == "key":
        return {}["k"]
    if kind == "zero":
        return 1 // 0
    return kind


def deeper(kind, depth=3):
    if depth:
        return deeper(kind, depth - 1)
    return fails(kind)


class Holder:
    @property
    def broken(self):
        return fails("key")

    def __getattr__(self, name):
        raise AttributeError(
            f"no {name}",
        )

    def __add__(self, other):
        return fails("zero")

    def __call__(self, value):
        return self.method(value)

    def method(self, value):
        return fails(value)

    def __iter__(self):
        yield 1
        fails("mine")

    def __len__(self):
        return fails("zero")


def root_raise(x, log):
    y = x + 1
    log.append(y)
    raise ValueError(
        "over lines",
        3,
    )


def root_class(x, log):
    x = x * 2
    raise KeyError


def root_operation(x, log):
    log.append(x + 1)
    value = [1, 2]
    return value[5]


def root_assert(x, log):
    y = x + 1
    assert len(y.shape) == 3, f"rank {len(y.shape)}"


def root_unbound(x, log):
    y = x + 1
    if not log:
        return missing  # noqa: F821
    return y


def root_name(x, log):
    log.append(x + 1)
    del x
    return x  # noqa: F821


def root_attribute(x, log):
    return (x + 1).not_there


def root_call(x, log):
    log.append(x * 2)
    return fails()


def root_shapes(x, log):
    y = x + 1
    return y + paddle.ones([7])


def root_matmul(x, log):
    log.append(1)
    return paddle.matmul(x, paddle.ones([3, 3]))


def root_reshape(x, log):
    log.append(1)
    return paddle.reshape(x, [3, 3])


def root_index(x, log):
    log.append(1)
    return x[9]


def callee(x, log):
    y = x + 1
    log.append(y)
    return y + fails("mine")


def callee_deep(x, log):
    return deeper("key") + x


def callee_operation(x, log):
    return x + deeper("zero", 2)


def callee_lambda(x, log):
    inner = lambda value: fails(value)  # noqa: E731
    return x + inner("mine")


def callee_comprehension(x, log):
    return [fails(kind) for kind in (1, 2, "mine")]


def callee_generator(x, log):
    return list(fails(kind) for kind in (1, 2, "key"))


def callee_generator_function(x, log):
    def generate():
        yield x
        yield fails("mine")

    for value in generate():
        log.append(value)


def callee_nested_generator(x, log):
    def inner():
        yield x
        fails("zero")

    def outer():
        yield from inner()

    return list(outer())


def callee_map(x, log):
    return list(map(fails, [1, "mine"]))


def callee_sorted(x, log):
    return sorted([2, 1], key=lambda value: fails("zero"))


def callee_property(x, log):
    return x, Holder().broken


def callee_getattr(x, log):
    holder = Holder()
    log.append(hasattr(holder, "nothing"))
    return holder.nothing


def callee_operator(x, log):
    return Holder() + x


def callee_method(x, log):
    return Holder().method("mine")


def callee_dunder_call(x, log):
    return Holder()("key")


def callee_iterated(x, log):
    for value in Holder():
        log.append(value)


def callee_len(x, log):
    if Holder():
        return x


def callee_init(x, log):
    class Broken:
        def __init__(self):
            fails("mine")

    return Broken()


def reraised(x, log):
    try:
        fails("key")
    except KeyError:
        log.append(x + 1)
        raise


def reraised_by_name(x, log):
    try:
        fails("key")
    except KeyError as error:
        log.append(x + 1)
        raise error


def reraised_twice(x, log):
    try:
        try:
            fails("mine")
        except Mine as error:
            log.append(error.code)
            raise
    except ValueError as error:
        log.append(str(error))
        raise error


def raised_from(x, log):
    try:
        fails("key")
    except KeyError as error:
        raise RuntimeError("from") from error


def raised_from_none(x, log):
    try:
        deeper("key")
    except KeyError:
        raise RuntimeError("from none") from None


def raised_from_new(x, log):
    log.append(x + 1)
    raise RuntimeError("from new") from Mine("cause")


def raised_while_handling(x, log):
    try:
        deeper("mine", 1)
    except Mine:
        log.append(x * 2)
        fails("zero")


def raised_while_handling_twice(x, log):
    try:
        try:
            fails("mine")
        except Mine:
            fails("key")
    except KeyError:
        [].pop()


def raised_in_finally(x, log):
    try:
        fails("mine")
    finally:
        log.append(x + 1)
        fails("key")


def passes_finally(x, log):
    try:
        log.append(x + 1)
        fails("mine")
    finally:
        log.append(x + 2)


def passes_except(x, log):
    try:
        fails("mine")
    except KeyError:
        log.append("wrong")
    except (TypeError, LookupError):
        log.append("wrong")
    else:
        log.append("wrong")
    return x


def raised_in_else(x, log):
    try:
        x = x + 1
    except Mine:
        log.append("wrong")
    else:
        fails("mine")


def raised_in_a_loop(x, log):
    for index in range(5):
        x = x + index
        log.append(index)
        if index == 3:
            fails("key")


def raised_in_while(x, log):
    count = 0
    while True:
        count += 1
        x = x + 1
        if count > 2:
            raise Mine(count)


def raised_in_a_loop_and_caught(x, log):
    for index in range(4):
        try:
            log.append(fails(["mine", "key", "zero", 1][index]))
        except (Mine, KeyError) as error:
            log.append(repr(error))
    return x


def with_fails(x, log):
    with Manager(log):
        x = x + 1
        fails("mine")


def with_enter_fails(x, log):
    with Manager(log, "enter"):
        x = x + 1


def with_exit_fails(x, log):
    with Manager(log, "exit"):
        x = x + 1


def with_both_fail(x, log):
    with Manager(log, "exit"):
        fails("key")


def with_several(x, log):
    with Manager(log), Manager(log, "enter"):
        x = x + 1


def with_generator(x, log):
    with managed(log) as value:
        x = x + value
        fails("mine")


def with_translating(x, log):
    with translating():
        deeper("key")


def with_suppress(x, log):
    with contextlib.suppress(Mine):
        fails("mine")
    with contextlib.suppress(Mine):
        fails("key")


def with_no_grad(x, log):
    with paddle.no_grad():
        y = x * 2
        fails("zero")
    return y


def generator_stops(x, log):
    def generate():
        yield 1
        next(iter([]))

    return list(generate())


def generator_thrown(x, log):
    def generate():
        try:
            yield 1
        finally:
            log.append("cleanup")

    made = generate()
    next(made)
    made.throw(Mine("thrown"))


def behind_a_print(x, log):
    y = x + 1
    print("a break")
    y = y * 2
    fails("mine")


def print_in_the_callee(x, log):
    def inner(value):
        print("a break")
        return value + fails("mine")

    return inner(x + 1) * 2


def print_in_try(x, log):
    try:
        print("a break")
        deeper("key")
    except KeyError as error:
        log.append(repr(error))
        print("handled")
        raise Mine("new")  # noqa: B904


def print_in_finally(x, log):
    try:
        fails("zero")
    finally:
        print("a break")
        log.append(x + 1)


def print_in_with(x, log):
    with Manager(log):
        print("a break")
        x = x + 1
        fails("mine")


def print_in_a_loop(x, log):
    for index in range(4):
        print(index)
        x = x + index
        if index == 2:
            fails("key")


def tensor_condition(x, log):
    if x.sum() > 0:
        log.append(x * 2)
        fails("mine")
    return x


def tensor_assert(x, log):
    assert x.sum() > 0
    assert x.sum() < 0, "the sum"


def formatted_text(x, log):
    try:
        fails("key")
    except KeyError:
        text = traceback.format_exc()
        log.append([line for line in text.splitlines() if "Error" in line])
    return x + 1


def asked_traceback(x, log):
    try:
        deeper("mine", 1)
    except Mine as error:
        step = error.__traceback__
        while step is not None:
            log.append((step.tb_lineno, step.tb_frame.f_code.co_name))
            step = step.tb_next
    return x + 1


def asked_exc_info(x, log):
    try:
        deeper("mine", 1)
    except Mine:
        log.append([entry.name for entry in traceback.extract_tb(sys.exc_info()[2])])
    return x + 1


def kept_error(x, log):
    try:
        fails("key")
    except KeyError as error:
        kept = error
    log.append([entry.lineno for entry in traceback.extract_tb(kept.__traceback__)])
    raise kept


def with_traceback_of_another(x, log):
    try:
        fails("key")
    except KeyError as error:
        found = error.__traceback__
    raise Mine("other").with_traceback(found)


PROGRAMS = [
    value
    for name, value in list(globals().items())
    if getattr(value, "__module__", None) == __name__
    and getattr(getattr(value, "__code__", None), "co_varnames", ())[:2] == ("x", "log")
]
