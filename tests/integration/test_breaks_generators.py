"""Generators that are alive at a break: they go on where they stood.

PYTEST_DONT_REWRITE: an ``assert`` in what is compiled is the user's.
"""

from __future__ import annotations

import contextlib
import gc
import traceback
from typing import Any, List

import paddle
import pytest

import paddlefx
from tests.integration.test_breaks_loops import as_data, note


def count_up(x, log, limit=3):
    try:
        for number in range(limit):
            sent = yield x + number
            if sent is not None:
                x = x * sent
        return "ended"
    except ValueError as error:
        log.append(str(error))
        yield x - 1
    finally:
        log.append("left")


@contextlib.contextmanager
def managed(x, log):
    log.append("enter")
    try:
        yield x * 2
    except KeyError:
        log.append("suppressed")
    finally:
        log.append("exit")


@contextlib.contextmanager
def outer(x, log):
    with managed(x + 1, log) as inner:
        yield inner + 1
    log.append("outer")


def taken_on(x, log):
    values = count_up(x, log)
    first = next(values) * 2
    note(log, "between")
    return first, next(values) + 1, list(values)


def sent_to(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    return values.send(3.0), list(values)


def thrown_into(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    return values.throw(ValueError("thrown")), list(values)


def closed(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    values.close()
    values.close()
    return x, next(values, "none")


def dropped(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    del values
    log.append("dropped")
    return x


def looked_at_and_dropped(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    known = values is not None
    del values
    log.append("dropped")
    return x, known


def ended_and_dropped(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    rest = list(values)
    del values
    log.append("dropped")
    note(log, "behind")
    return rest


def replaced(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    x = x + next(values)
    values = None
    log.append("replaced")
    return x


def in_a_loop(x, log):
    for value in count_up(x, log, 4):
        note(log, value)
        x = x + value
    return x


def left_early(x, log):
    for value in count_up(x, log, 4):
        note(log, value)
        x = x + value
        break
    return x


def under_a_manager(x, log):
    with managed(x, log) as value:
        y = value + 1
        note(log, "in")
        y = y * 3
    return y


def under_nested_managers(x, log):
    with outer(x, log) as value, contextlib.closing(count_up(x, log)) as values:
        y = value + next(values)
        note(log, "in")
        y = y * 3
    return y


def under_a_stack(x, log):
    with contextlib.ExitStack() as stack:
        value = stack.enter_context(managed(x, log))
        note(log, "in")
        value = value + stack.enter_context(outer(x, log))
    return value


def raises_under_a_manager(x, log):
    with managed(x, log) as value:
        y = value + 1
        note(log, "in")
        raise KeyError("key")
    return y


def raises_through_a_manager(x, log):
    try:
        with managed(x, log) as value:
            note(log, "in")
            raise IndexError(value.shape[0])
    except IndexError as error:
        return x + 1, str(error), len(traceback.extract_tb(error.__traceback__))


def breaks_in_a_loop_under_a_manager(x, log):
    with managed(x, log) as value:
        for number in range(4):
            value = value + number
            note(log, number)
    return value


def expressions(x, log):
    values = (value * scale for scale, value in zip([1.0, 2.0, 3.0], [x, x + 1, x + 2]))
    first = next(values)
    note(log, "between")
    return first, sum(values, paddle.zeros([2]))


def in_two_places(x, log):
    values = count_up(x, log)
    kept = {"values": values, "again": [values]}
    next(values)
    note(log, "between")
    return next(kept["values"]), next(kept["again"][0]), kept["again"][0] is values


def with_cells(x, log):
    scale = 2.0

    def scaled():
        nonlocal scale
        while True:
            yield x * scale
            scale += 1

    values = scaled()
    first = next(values)
    note(log, "between")
    scale = 10.0
    return first, next(values), next(values), scale


def delegating(x, log):
    def inner():
        yield x
        yield x + 1

    def around():
        yield x - 1
        yield from inner()
        yield x + 2

    values = around()
    first = next(values)
    note(log, "first")
    second = next(values)
    note(log, "second")
    return first, second, list(values)


def deep_in_an_expression(x, log):
    def asks():
        answer = [x, (yield 1), {"k": (yield 2)}]
        yield answer

    values = asks()
    next(values)
    values.send(5.0)
    note(log, "between")
    return values.send(6.0)


def in_its_handler(x, log):
    def handles():
        try:
            raise ValueError("v")
        except ValueError as error:
            yield x
            log.append(str(error))
            yield x + 1

    values = handles()
    first = next(values)
    note(log, "between")
    return first, next(values)


def names(x, log):
    values = count_up(x, log)
    next(values)
    note(log, "between")
    frame = values.gi_frame
    return values.__name__, values.gi_code.co_name, frame.f_lineno, values.gi_running


def takes_itself(x, log):
    try:
        itself = yield x
        yield x + 1
    finally:
        log.append("left")


def holds_itself(x, log):
    values = takes_itself(x, log)
    next(values)
    x = values.send(values)
    note(log, "between")
    held = values.gi_frame.f_locals["itself"] is values
    del values
    note(log, "dropped")
    gc.collect()
    return x, held


def holds_another(x, log):
    other = count_up(x, log)
    x = next(other)
    yield x
    yield x + 1


def with_another(x, log):
    values = holds_another(x, log)
    x = next(values)
    note(log, "between")
    x = x + next(values)
    note(log, "again")
    values.close()
    note(log, "closed")
    return x


PROGRAMS = [
    taken_on,
    sent_to,
    thrown_into,
    closed,
    dropped,
    looked_at_and_dropped,
    ended_and_dropped,
    replaced,
    in_a_loop,
    left_early,
    under_a_manager,
    under_nested_managers,
    under_a_stack,
    raises_under_a_manager,
    raises_through_a_manager,
    breaks_in_a_loop_under_a_manager,
    expressions,
    in_two_places,
    with_cells,
    delegating,
    deep_in_an_expression,
    in_its_handler,
    names,
    holds_itself,
    with_another,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_plain(program: Any) -> None:
    compiled = paddlefx.optimize(program)
    for call in range(3):
        plain_log: List[Any] = []
        log: List[Any] = []
        plain = program(paddle.ones([2]) + call, plain_log)
        assert as_data(compiled(paddle.ones([2]) + call, log)) == as_data(plain)
        assert [as_data(item) for item in log] == [as_data(item) for item in plain_log]
        if call == 0:
            first = paddlefx.stats()
    assert first["fallbacks"] == 0
    assert paddlefx.stats()["translations"] == first["translations"], "a steady state"


@pytest.mark.parametrize(
    "program", [under_a_manager, under_nested_managers, raises_under_a_manager]
)
def test_a_manager_costs_no_break(program: Any) -> None:
    compiled = paddlefx.optimize(program)
    compiled(paddle.ones([2]), [])
    assert paddlefx.stats()["graph_breaks"] == 1


def left_alive(x, log):
    values = count_up(x, log)
    return next(values), values


def test_one_that_is_returned() -> None:
    compiled = paddlefx.optimize(left_alive)
    log: List[Any] = []
    first, values = compiled(paddle.ones([1]), log)
    assert as_data([first, values.send(2.0), list(values)]) == [[1.0], [3.0], [[4.0]]]
    assert log == ["left"]
    assert paddlefx.stats()["graph_breaks"] == 0
    first, values = compiled(paddle.ones([1]), log)
    with pytest.raises(KeyError) as caught:
        values.throw(KeyError("k"))
    assert [entry.name for entry in caught.traceback][-1] == "count_up"
    line = count_up.__code__.co_firstlineno + 2
    assert caught.traceback[-1].lineno + 1 == line + 1
    assert log == ["left", "left"]


def resumed(x, values, log):
    x = x + next(values)
    note(log, "between")
    return x, list(values)


def test_one_of_a_plain_function() -> None:
    compiled = paddlefx.optimize(resumed)
    for _ in range(2):
        log: List[Any] = []
        result = compiled(paddle.ones([1]), count_up(paddle.ones([1]), log), log)
        assert as_data(result) == [[2.0], [[2.0], [3.0]]]
