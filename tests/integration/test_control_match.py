"""``match`` in all its forms: one graph, since no pattern needs a tensor's data."""

from __future__ import annotations

import builtins
import collections
import dataclasses
import re

import paddle
import pytest

from tests.support.capturing import captured, defined

SOURCE = """
def sequences(x, value):
    match value:
        case []:
            return x
        case [one]:
            return x + one
        case [first, *rest] if len(rest) > 2:
            return x * first, rest
        case (2, second) | (3, second):
            return x - second
        case [_, [inner, *_], *_]:
            return x + inner
        case [*_, 9]:
            return x * 9
        case _:
            return x * 100


def mappings(x, value):
    match value:
        case {"kind": "add", "by": by}:
            return x + by
        case {"kind": "linear", "size": size, **rest}:
            return x * size, rest, size
        case {"kind": str() as kind, **rest}:
            return x, kind, rest
        case {0: {"deep": [_, second]}}:
            return x * second
        case {}:
            return x - 1
    return x * 7


def classes(x, value):
    match value:
        case Point(0, 0):
            return x
        case Point(a, y=b) if a == b:
            return x + a
        case Point(x=a, y=b):
            return x * a - b
        case Tree(Tree(_, left), right):
            return x + left + right
        case Tree(label=None):
            return x - 1
        case int(n) | float(n):
            return x * n
        case str(text):
            return x, text.upper()
        case None:
            return x, value
        case Plain(missing=_):
            return x, "has it"
        case Plain():
            return x, "plain"
        case paddle.Tensor(shape=[rows, *_]):
            return x * rows
        case list(items):
            return x, len(items)
        case _:
            return x, "other"


def literals(x, value):
    match value:
        case True:
            return x
        case 1 | 2:
            return x + 1
        case -3.5:
            return x + 2
        case 1 + 2j:
            return x + 3
        case "text" | b"bytes":
            return x + 4
        case None:
            return x + 5
        case CONSTANTS.LIMIT:
            return x + 6
        case _:
            return x + 7


def in_a_loop(x, value):
    seen = []
    for command in value:
        match command:
            case ["scale", by]:
                x = x * by
            case ["shift", by] if by > 0:
                x = x + by
            case ["stop"]:
                break
            case ["skip"]:
                continue
            case other:
                seen.append(other)
        seen.append(len(command))
    else:
        seen.append("all")
    return x, seen


def tensors(x, value):
    match (x, value):
        case (paddle.Tensor() as t, [a, *b]):
            return t + a, b
        case (t, _):
            return t


def refused(x, value):
    try:
        match value:
            case Bad(1):
                return x
            case Point(1, 2, 3):
                return x + 1
    except TypeError as error:
        return x + 2, type(error)
    return x + 3

"""


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Tree:
    __match_args__ = ("label", "size")

    def __init__(self, label, size=1):
        self.label, self.size = label, size


class Plain:
    pass


class Bad:
    __match_args__ = ["not a tuple"]


class CONSTANTS:
    LIMIT = 64


# Dataclasses have __match_args__ where there is a match statement.
FUNCTIONS = defined(
    SOURCE,
    Point=Point, Tree=Tree, Plain=Plain, Bad=Bad, CONSTANTS=CONSTANTS, paddle=paddle,
)  # fmt: skip
NAMES = re.findall(r"^def (\w+)", SOURCE, re.MULTILINE)

SUBJECTS = {
    "sequences": [
        [], (), [4], [3, 2, 3, 4], (2, 5), [3, 6], (1, [7, 8], 9), [1, 2, 9], "text", b"ab", 3,
        range(2), range(1, 3), (5, 6, 7),
    ],
    "mappings": [
        {"kind": "add", "by": 2.0}, {"kind": "linear", "size": 3.0, "other": 1, "more": None},
        {"kind": "other", "a": 1, "b": [2]}, {0: {"deep": (1, 2)}}, {},
        {"kind": 3}, collections.OrderedDict(kind="k", z=1), 3, [1],
    ],
    "classes": [
        Point(0, 0), Point(2, 2), Point(1, 2), Tree(Tree(0, 2), 3), Tree(None), 3, 2.5, "text",
        None, Plain(), paddle.ones([3, 2]), [1, 2], (1, 2), 1j,
    ],
    "literals": [True, 1, 1.0, 2, -3.5, 1 + 2j, "text", b"bytes", None, 64, 65, False, [1]],
    "in_a_loop": [
        [["scale", 2.0], ["shift", 1.0], ["shift", -1.0]], [["skip"], ["stop"], ["scale", 3.0]],
        [["other", 1, 2]],
    ],
    "tensors": [[1.0, 2.0], 3],
    "refused": [Point(1, 2), 3],
}  # fmt: skip
CASES = [(name, index) for name in NAMES for index in range(len(SUBJECTS[name]))]


def t():
    return paddle.arange(6, dtype="float32").reshape([3, 2])


def changes(name, index):
    """How many graphs there are: none where no tensor operation is made."""
    function = FUNCTIONS[name]
    result = function(t(), SUBJECTS[name][index])
    first = result[0] if isinstance(result, tuple) else result
    return int(not bool((first == t()).all()))


def test_there_are_match_statements_since_3_10():
    assert bool(FUNCTIONS) == hasattr(builtins, "aiter")
    assert set(NAMES) == set(SUBJECTS)


@pytest.mark.parametrize("name, index", CASES)
def test_match(name, index):
    if name in FUNCTIONS:
        captured(
            FUNCTIONS[name], [lambda: (t(), SUBJECTS[name][index])], graphs=changes(name, index)
        )
