"""``with`` in all its forms."""

from __future__ import annotations

import contextlib
import io

import paddle

from tests.constructs.construct import construct


class Manager:
    """Notes what happens to it."""

    def __init__(self, log, name="m", suppress=False):
        self.log = log
        self.name = name
        self.suppress = suppress

    def __enter__(self):
        self.log.append(f"enter {self.name}")
        return self

    def __exit__(self, kind, error, trace):
        self.log.append(f"exit {self.name} {kind.__name__ if kind else None}")
        return self.suppress


@contextlib.contextmanager
def managed(log, value):
    log.append("before")
    try:
        yield value
    finally:
        log.append("after")


@contextlib.contextmanager
def swallowing(log):
    try:
        yield
    except ValueError as error:
        log.append(str(error))


@construct()
def with_user_manager(x):
    log = []
    with Manager(log):
        x = x + 1
    return x, log


@construct()
def with_as(x):
    log = []
    with Manager(log, "named") as manager:
        x = x * len(manager.name)
    return x, log


@construct()
def with_as_target(x):
    log, table = [], {}
    with Manager(log) as table["manager"]:
        x = x + 1
    return x, table["manager"].name


@construct()
def with_several(x):
    log = []
    with Manager(log, "a") as a, Manager(log, "b") as b:
        x = x * 2
    return x, a.name + b.name, log


@construct()
def with_nested(x):
    log = []
    with Manager(log, "a"):
        x = x + 1
        with Manager(log, "b"):
            x = x * 2
        x = x - 1
    return x, log


@construct()
def with_suppressed(x):
    log = []
    with Manager(log, suppress=True):
        x = x + 1
        raise ValueError("gone")
        x = x * 0
    return x * 2, log


@construct()
def with_error_passes(x):
    log = []
    try:
        with Manager(log):
            raise KeyError("k")
    except KeyError:
        log.append("caught")
    return x + len(log), log


@construct()
def with_return_inside(x):
    log = []

    def inner(y):
        with Manager(log):
            return y * 2

    return inner(x), log


@construct()
def with_break_inside_loop(x):
    log = []
    for index in range(3):
        with Manager(log, str(index)):
            x = x + index
            if index == 1:
                break
    return x, log


@construct()
def with_continue_inside_loop(x):
    log = []
    for index in range(3):
        with Manager(log, str(index)):
            if index == 1:
                continue
            x = x + index
    return x, log


@construct()
def with_contextmanager(x):
    log = []
    with managed(log, 3) as value:
        x = x * value
    return x, log


@construct()
def with_contextmanager_error(x):
    log = []
    try:
        with managed(log, 3):
            raise KeyError("k")
    except KeyError:
        log.append("caught")
    return x * 2, log


@construct()
def with_contextmanager_suppresses(x):
    log = []
    with swallowing(log):
        x = x + 1
        raise ValueError("swallowed")
    return x, log


@construct()
def contextmanager_as_decorator(x):
    log = []

    @managed(log, 0)
    def inner(y):
        log.append("inside")
        return y + 1

    return inner(x), log


@construct()
def with_suppress(x):
    with contextlib.suppress(KeyError, IndexError):
        x = x + 1
        {}["missing"]
    return x * 2


@construct()
def with_nullcontext(x):
    with contextlib.nullcontext(5) as value:
        x = x + value
    return x


@construct()
def with_closing(x):
    log = []

    class Door:
        def close(self):
            log.append("closed")

    with contextlib.closing(Door()):
        x = x + 1
    return x, log


@construct()
def with_exit_stack(x):
    log = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(Manager(log, "a"))
        stack.enter_context(Manager(log, "b"))
        stack.callback(log.append, "callback")
        x = x * 2
    return x, log


@construct()
def with_no_grad(x):
    with paddle.no_grad():
        y = x * 2
    return y + x


@construct()
def no_grad_decorated(x):
    @paddle.no_grad()
    def inner(y):
        return y * 3

    return inner(x) + 1


@construct()
def with_enable_grad_in_no_grad(x):
    with paddle.no_grad():
        y = x * 2
        with paddle.enable_grad():
            z = y * 3
    return y, z


@construct()
def with_set_grad_enabled(x):
    with paddle.set_grad_enabled(False):
        y = x * 2
    return y, paddle.is_grad_enabled()


@construct()
def with_auto_cast(x):
    with paddle.amp.auto_cast(enable=False):
        y = x * 2
    return y + 1


@construct()
def with_condition_inside(x):
    log = []
    with Manager(log):
        if x.ndim == 2:
            x = x + 1
        else:
            x = x - 1
    return x, log


@construct()
def with_try_inside(x):
    log = []
    with Manager(log):
        try:
            raise ValueError("v")
        except ValueError:
            x = x + 1
    return x, log


@construct()
def with_exit_raises(x):
    class Bad:
        def __enter__(self):
            return 1

        def __exit__(self, *error):
            raise KeyError("from exit")

    try:
        with Bad():
            raise ValueError("inside")
    except KeyError as error:
        return x + 1, type(error.__context__).__name__


@construct(breaks=1, graphs=2)
def with_print_inside(x):
    log = []
    with Manager(log):
        x = x + 1
        print("inside")
        x = x * 2
    return x, log


@construct(breaks=1, graphs=2)
def with_tensor_condition_inside(x):
    log = []
    with Manager(log):
        y = x + 1
        if y.sum() > 0:
            y = y * 2
        else:
            y = y * 3
    return y, log


@construct(breaks=1, graphs=2)
def no_grad_with_print_inside(x):
    x = x * 1
    with paddle.no_grad():
        y = x + 1
        print("inside")
        y = y * 2
    return y, paddle.is_grad_enabled()


@construct(graphs=1, breaks=3, library=True)
def with_redirected_output(x):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print("into the buffer")
    return x + 1, out.getvalue()


@construct(graphs=0, breaks=2)
def with_error_leaves(x):
    log = []
    with Manager(log):
        y = x + 1
        raise ValueError(log, y.shape)
