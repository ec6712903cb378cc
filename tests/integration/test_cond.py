"""``paddlefx.cond``: both functions in one graph, or one break at the call; right either way."""

from __future__ import annotations

import paddle
import pytest

import paddlefx


def explained(function, *args):
    return paddlefx.explain(function)(*args)


def positive_and_negative():
    return [paddle.full([2, 3], 1.0), paddle.full([2, 3], -1.0)]


def test_one_graph_serves_both_values():
    def choose(x):
        y = x + 1.0
        z = paddlefx.cond(x.sum() > 0, lambda a: a * 2.0, lambda a: a - y, (x,))
        return z * 3.0

    paddlefx.reset()
    compiled = paddlefx.optimize(choose, full_graph=True)
    for x in positive_and_negative() * 2:
        assert compiled(x).tolist() == choose(x).tolist()
    stats = paddlefx.stats()
    assert (stats["graphs"], stats["graph_breaks"], stats["recompiles"]) == (1, 0, 0)


def test_the_functions_are_printed_behind_the_graph(capsys):
    def choose(x):
        return paddlefx.cond(x.sum() > 0, lambda: paddle.exp(x), lambda: paddle.tanh(x))

    explained(choose, paddle.ones([2])).graphs[0].print_tabular("plain")
    whole, true, false = capsys.readouterr().out.split("\n\n")
    assert "conditional.cond" in whole and "exp" not in whole
    assert true.startswith("cond, true\n") and "_C_ops.exp" in true
    assert false.startswith("cond, false\n") and "_C_ops.tanh" in false


def test_results_nest_and_share():
    def pair(a):
        doubled = a * 2.0
        return {"first": [doubled, doubled], "rest": (a + 1.0, 3, None)}

    def other(a):
        tripled = a * 3.0
        return {"first": [tripled, tripled], "rest": (a - 1.0, 3, None)}

    def choose(x):
        found = paddlefx.cond(x.sum() > 0, pair, other, operands=[x])
        first, second = found["first"]
        return first is second, first + found["rest"][0], found["rest"][1:]

    compiled = paddlefx.optimize(choose, full_graph=True)
    for x in positive_and_negative():
        same, total, rest = compiled(x)
        assert (same, total.tolist(), rest) == (True, choose(x)[1].tolist(), (3, None))


def test_gradients_go_through_the_chosen_function():
    layers = [paddle.nn.Linear(3, 3), paddle.nn.Linear(3, 3)]

    def loss(x):
        return paddlefx.cond(x.sum() > 0, lambda: layers[0](x), lambda: layers[1](x)).sum()

    compiled = paddlefx.optimize(loss, full_graph=True)
    for x in positive_and_negative():
        found = []
        for function in (loss, compiled):
            function(x).backward()
            found.append(
                [
                    None if p.grad is None else p.grad.tolist()
                    for p in (layers[0].weight, layers[1].weight)
                ]
            )
            for layer in layers:
                layer.clear_gradients(set_to_zero=False)
        assert found[0] == found[1]


def test_random_numbers_are_drawn_by_the_chosen_function_only():
    def choose(x):
        y = paddlefx.cond(
            x.sum() > 0,
            lambda: paddle.nn.functional.dropout(x, 0.5),
            lambda: x * 1.0,
        )
        return y, paddle.rand([3])

    compiled = paddlefx.optimize(choose, full_graph=True)
    for x in positive_and_negative():
        results = []
        for function in (choose, compiled):
            paddle.seed(7)
            results.append([part.tolist() for part in function(x)])
        assert results[0] == results[1]


def test_nested():
    def choose(x):
        def inner():
            return paddlefx.cond(x.max() > 5.0, lambda: x * 5.0, lambda: x * 7.0)

        return paddlefx.cond(x.sum() > 0, inner, lambda: x - 1.0) + 1.0

    compiled = paddlefx.optimize(choose, full_graph=True)
    for value in (1.0, -1.0, 9.0):
        x = paddle.full([2], value)
        assert compiled(x).tolist() == choose(x).tolist()


@pytest.mark.parametrize("flag", [True, False, 0, [1]])
def test_a_known_truth_value_takes_one_function(flag):
    def choose(x):
        return paddlefx.cond(flag, lambda a: a + 1.0, lambda a: a + 2.0, (x,))

    told = explained(choose, paddle.ones([2]))
    assert told.result.tolist() == ([2.0, 2.0] if flag else [3.0, 3.0])
    assert (len(told.graphs), len(told.breaks)) == (1, 0)
    assert not told.graphs[0].graph.find_nodes(op="call_function", target="cond")


def _appends(x):
    seen = []

    def note(value):
        seen.append(value)
        return x * 2.0

    return paddlefx.cond(x.sum() > 0, lambda: note("t"), lambda: note("f")), seen


def _rebinds(x):
    count = 0

    def more():
        nonlocal count
        count += 1
        return x * 2.0

    return paddlefx.cond(x.sum() > 0, more, lambda: x * 3.0), count


def _changes_outside(x):
    return paddlefx.cond(x.sum() > 0, lambda: OUTSIDE.append(1) or x * 2.0, lambda: x * 3.0), list(
        OUTSIDE
    )


def _writes_in_place(x):
    y = x * 1.0
    return paddlefx.cond(x.sum() > 0, lambda: y.add_(x) * 2.0, lambda: y * 3.0), y


def _other_shapes(x):
    return paddlefx.cond(x.sum() > 0, lambda: x.sum(axis=0), lambda: x * 3.0)


def _other_nesting(x):
    return paddlefx.cond(x.sum() > 0, lambda: (x * 2.0,), lambda: [x * 3.0])


def _other_constants(x):
    return paddlefx.cond(x.sum() > 0, lambda: (x * 2.0, 1), lambda: (x * 3.0, True))


def _gives_its_operand(x):
    return paddlefx.cond(x.sum() > 0, lambda: x, lambda: x * 3.0) is x


def _raises(x):
    def refuse():
        raise KeyError("no")

    try:
        return paddlefx.cond(x.sum() > 0, lambda: x * 2.0, refuse)
    except KeyError as error:
        return error.args


def _advances(x):
    numbers = iter([1.0, 2.0, 3.0])
    y = paddlefx.cond(x.sum() > 0, lambda: x * next(numbers), lambda: x * 5.0)
    return y, next(numbers)


def _prints(x):
    return paddlefx.cond(x.sum() > 0, lambda: print("yes") or x * 2.0, lambda: x * 3.0)


OUTSIDE = []

BREAKING = [
    *(_appends, _rebinds, _changes_outside, _writes_in_place, _other_shapes, _other_nesting),
    *(_other_constants, _gives_its_operand, _raises, _advances, _prints),
]


def told(value):
    """Tensors as lists, so that results can be compared."""
    if isinstance(value, (tuple, list)):
        return type(value)(told(item) for item in value)
    return value.tolist() if isinstance(value, paddle.Tensor) else (type(value), value)


@pytest.mark.parametrize("function", BREAKING, ids=lambda function: function.__name__)
def test_what_cannot_be_one_graph_breaks_at_the_call(function, capsys):
    for x in positive_and_negative():
        OUTSIDE.clear()
        plain = told(function(x)), capsys.readouterr().out
        OUTSIDE.clear()
        explanation = explained(function, x)
        assert (told(explanation.result), capsys.readouterr().out) == plain
        assert explanation.breaks[0].lineno is not None
        fallbacks = [reason.function for reason in explanation.fallbacks]
        assert function.__name__ not in fallbacks  # the chosen function itself may be plain


def test_a_tensor_of_many_elements_raises_as_plain():
    def choose(x):
        return paddlefx.cond(x > 0, lambda: x * 2.0, lambda: x * 3.0)

    x = paddle.ones([2])
    with pytest.raises(Exception) as plain:
        choose(x)
    with pytest.raises(type(plain.value)):
        paddlefx.optimize(choose)(x)


def test_wrong_arguments_raise_as_plain():
    def choose(x):
        return paddlefx.cond(x.sum() > 0, lambda: x)

    with pytest.raises(TypeError, match="false_fn"):
        paddlefx.optimize(choose)(paddle.ones([2]))


def branch_that_computes(x):
    if x.sum() > 0:
        y = x * 2.0
    else:
        y = paddle.tanh(x)
    return y


def branch_without_else(x):
    for _ in range(2):
        if x.sum() > 0:
            x = x - 10.0
    return x


def early_return(x):
    if x.sum() > 0:
        return x * 2.0
    return x * 3.0


def stores_an_item(x, items):
    if x.sum() > 0:
        items[0] = 1
    return x * 2.0


def loop(x):
    while x.sum() < 10.0:
        x = x * 2.0
    return x


@pytest.mark.parametrize("function", [branch_that_computes, branch_without_else, early_return])
def test_a_branch_that_only_computes_is_offered_as_cond(function):
    assert "paddlefx.cond(" in explained(function, paddle.ones([2])).breaks[0].hint


def loop_in_a_loop(x):
    for _ in range(2):
        while x.sum() < 10.0:
            x = x * 2.0
    return x


@pytest.mark.parametrize(
    "function",
    [lambda x: stores_an_item(x, [0]), loop, loop_in_a_loop],
    ids=["store", "while", "nested"],
)
def test_other_branches_are_not(function):
    reasons = explained(function, paddle.ones([2])).breaks
    assert reasons and all("paddlefx.cond(" not in str(reason.hint) for reason in reasons)
