"""Functions written at random do compiled what they do plain.

A fault of capture is a warning, which pytest turns into an error.

``PADDLEFX_EXAMPLES`` sets how many are written (60).
"""

from __future__ import annotations

import linecache
import os
from typing import Any, List

import paddle
from hypothesis import given, settings
from hypothesis import strategies as st

import paddlefx
from tests.support.versus import versus

EXAMPLES = int(os.environ.get("PADDLEFX_EXAMPLES", "60"))

TENSORS = ["x", "y", "z"]
NUMBERS = ["n", "2", "0.5", "len(items)", "(1 if flag else 3)"]
tensors = st.sampled_from(TENSORS)
numbers = st.sampled_from(NUMBERS)


def expressions() -> st.SearchStrategy[str]:
    """Expressions that give a tensor of the shape of ``x``."""
    leaves = st.one_of(tensors, st.sampled_from(["box.t", "table['t']", "helper(x, y)"]))

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), numbers),
            st.builds("paddle.{}({})".format, st.sampled_from(["tanh", "abs", "cos"]), inner),
            st.builds("({} if {} else {})".format, inner, conditions(), inner),
            st.builds("helper({}, y={})".format, inner, inner),
            st.builds("noisy({})".format, inner),
            st.builds("(print('p', n) or {})".format, inner),
            st.builds("(lambda v, k={}: v * k)({})".format, numbers, inner),
            st.builds("sum([v for v in [{}, {}]], {})".format, inner, inner, inner),
            st.builds("tuple({} * i for i in range(1, 3))[-1]".format, inner),
        )

    return st.recursive(leaves, grow, max_leaves=4)


def conditions() -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from(["flag", "n > 1", "n in (1, 2)", "items", "'t' in table", "not flag"]),
        st.builds("({}.sum() > {})".format, tensors, st.sampled_from(["0", "1.5", "n"])),
        st.builds("(flag and {}.max() > 1)".format, tensors),
        st.just("(0 < x.min() < 2)"),
        st.just("isinstance(n, int)"),
    )


SIMPLE = [
    "n = n + 1", "n += 1", "items.append(n)", "items.append(z)", "items[:] = [z, n]",
    "table['n'] = n", "table['t'] = z", "table.setdefault('l', []).append(n)", "table.pop('n', 0)",
    "box.t = z", "box.n = n", "box.items = items", "local.append(z)", "local = local + [n]",
    "alias = local; alias.append(n)", "total(z)", "total(y, k=n)", "print(n, len(local))",
    "a, *b = [x, n, z]; local.append(b)", "z.add_(y)", "items.sort(key=lambda v: 0)",
    "del local[:1]", "z = [q for q in (y, z)][-1]", "w = {k: n for k in 'ab'}; n = len(w)",
    "assert n < 6, n", "noisy(z)", "x.add_(y)", "n = f'{n}' and n", "old = box.t; box.t = z; z = old",
]  # fmt: skip
FAILING = [
    "[][n]", "table['missing']", "n // 0", "int('q')", "box.missing", "raise ValueError('v')",
    "fails(n)", "n + 'a'", "raise Mine(n)", "z + paddle.ones([7])",
]  # fmt: skip
ERRORS = [
    "KeyError",
    "(KeyError, IndexError)",
    "ValueError",
    "Exception",
    "ArithmeticError",
    "Mine",
]


def indented(lines: List[str]) -> List[str]:
    return ["    " + line for line in lines]


def blocks(depth: int = 2) -> st.SearchStrategy[List[str]]:
    """Statements, as lines."""
    assigned = st.builds(
        lambda t, e: [f"{t} = {e}"], st.sampled_from(["z", "y", "x"]), expressions()
    )
    augmented = st.builds(
        lambda e: [f"z {e[0]}= {e[1]}"], st.tuples(st.sampled_from("+-*"), tensors)
    )
    one = st.one_of(
        assigned, assigned, augmented, st.sampled_from(SIMPLE).map(lambda line: line.split("; "))
    )
    if depth:
        inner = blocks(depth - 1)
        one = st.one_of(
            one,
            one,
            st.builds(
                lambda c, a, b: [f"if {c}:", *indented(a), "else:", *indented(b)],
                conditions(), inner, inner,
            ),
            st.builds(
                lambda head, a, end: [head, *indented(a), *end],
                st.sampled_from(
                    ["for i in range(2):", "for n in (1, 2.0):", "for k, v in [(1, z), (2, y)]:"]
                ),
                inner,
                st.sampled_from([[], ["else:", "    z = z + 1"], ["    if n > 2: break"]]),
            ),
            st.builds(
                lambda a, f, b, e, h, tail: [
                    "try:", *indented(a + f + b), f"except {e} as error:", *indented(h),
                    "    local.append(type(error).__name__)", *tail,
                ],
                inner,
                st.one_of(st.just([]), st.sampled_from(FAILING).map(lambda line: [line])),
                st.just([]),
                st.sampled_from(ERRORS),
                inner,
                st.sampled_from([[], ["finally:", "    z = z * 2"], ["else:", "    n = 7"]]),
            ),
            st.builds(lambda a: ["with paddle.no_grad():", *indented(a)], inner),
            st.builds(lambda c, e: [f"if {c}:", f"    return {e}, local"], conditions(), expressions()),
            st.sampled_from(FAILING).map(lambda line: ["if n == 3:", "    " + line]),
        )  # fmt: skip
    return st.lists(one, min_size=1, max_size=4).map(
        lambda parts: [x for part in parts for x in part]
    )


ENDS = ["return z", "return x, y, z, n, local", "return {'z': z, 'l': [local, local], 'i': items}",
        "return [total, n][1], count, z", "return box, z"]  # fmt: skip


class Mine(ValueError):
    pass


class Box:
    pass


def helper(x: Any, y: Any) -> Any:
    return x * 2 - y


def noisy(x: Any) -> Any:
    print("noisy")
    return x + 1


def fails(n: Any) -> Any:
    raise KeyError(n)


_counter = 0


def function(body: List[str], end: str) -> Any:
    """The function with these lines."""
    global _counter
    _counter += 1
    lines = [
        "def written(x, y, n, flag, items, table, box):",
        "    z, local, count = x * 1, [], 0",
        "    def total(v, k=1):",
        "        nonlocal count",
        "        count = count + k",
        "        return v * count",
        *indented(body),
        "    " + end,
    ]
    text = "\n".join(lines) + "\n"
    filename = f"<written {_counter}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    names = {
        "paddle": paddle, "Mine": Mine, "helper": helper, "noisy": noisy, "fails": fails,
        "__name__": __name__,
    }  # fmt: skip
    exec(compile(text, filename, "exec"), names)
    return names["written"], text


def arguments(sign: float, n: Any, flag: bool, shared: bool) -> Any:
    def make() -> Any:
        x = paddle.to_tensor([0.5, 1.0, 1.5]) * sign
        y = x if shared else paddle.to_tensor([1.0, -1.0, 2.0])
        items: List[Any] = [1]
        table = {"t": y, "l": items}
        box = Box()
        box.t = y * 2
        return x, y, n, flag, items, table, box

    return make


@settings(max_examples=EXAMPLES)
@given(blocks(), st.sampled_from(ENDS), st.booleans(), st.sampled_from([1, 2, 3]), st.booleans())
def test_plain_equals_compiled(body: List[str], end: str, flag: bool, n: int, shared: bool) -> None:
    paddlefx.reset()
    written, text = function(body, end)
    calls = [
        arguments(1.0, n, flag, shared), arguments(1.0, n, flag, shared),
        arguments(-1.0, n, flag, not shared), arguments(1.0, n, not flag, shared),
    ]  # fmt: skip
    try:
        versus(written, calls)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{text}") from error
