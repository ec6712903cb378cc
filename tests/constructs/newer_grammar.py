"""Grammar that came with 3.9 to 3.13; each version has what it can read."""

from __future__ import annotations

from tests.constructs.construct import constructs_in

MODULE = __name__

constructs_in(
    """
    @construct()
    def dict_union(x):
        left, right = {"a": 1}, {"a": 2, "b": x}
        made = left | right
        left |= {"c": 3}
        return x + 1, made, left

    @construct()
    def string_prefixes(x):
        return x + 1, "layer.weight".removeprefix("layer."), "a.bias".removesuffix(".bias")
    """
    if hasattr(dict, "__or__")
    else "",
    MODULE,
    "since 3.9",
)

constructs_in(
    """
    import dataclasses

    @dataclasses.dataclass
    class Point:
        x: float
        y: float

    class Tree:
        __match_args__ = ("left", "right")

        def __init__(self, left, right=None):
            self.left = left
            self.right = right

    @construct()
    def match_literals(x):
        for value in (1, "a", None, 2.5, True, -3):
            match value:
                case 1 | 2:
                    x = x + 1
                case "a":
                    x = x * 2
                case None:
                    x = x - 1
                case 2.5:
                    x = x / 2
                case _:
                    x = x + 100
        return x

    @construct()
    def match_capture_and_guard(x):
        match x.ndim:
            case 1:
                return x
            case rank if rank > 1:
                return x * rank

    @construct()
    def match_sequence(x):
        found = []
        for value in ([1, 2], (1, 2, 3), [], "ab", [1, [2, 3]], range(2)):
            match value:
                case []:
                    found.append("empty")
                case [1, [a, b]]:
                    found.append(("nested", a, b))
                case [a, b]:
                    found.append((a, b))
                case [first, *rest]:
                    found.append((first, rest))
                case _:
                    found.append("none")
        return x * len(found), found

    @construct()
    def match_sequence_of_tensors(x):
        match [x, x * 2]:
            case [a, b]:
                return a + b

    @construct()
    def match_mapping(x):
        match {"kind": "linear", "size": 3, "other": x}:
            case {"kind": "conv"}:
                return x
            case {"kind": "linear", "size": size, **rest}:
                return x * size, rest

    @construct()
    def match_class(x):
        results = []
        for value in (Point(0, 2), Point(1, 1), Tree(3), 5, "s"):
            match value:
                case Point(x=0, y=y):
                    results.append(y)
                case Point(a, b):
                    results.append(a + b)
                case Tree(left, None):
                    results.append(left)
                case int(n):
                    results.append(n)
                case str() as text:
                    results.append(text)
        return x * results[0], results

    class Hidden:
        def __getattr__(self, name):
            raise AttributeError(name)

    @construct()
    def match_attribute_that_is_refused(x):
        match Hidden():
            case Hidden(x=_):
                return x
        return x + 1

    @construct()
    def match_or_and_as(x):
        match (1, "b"):
            case (1 | 2 as number, "a" | "b" as letter):
                return x * number, letter

    @construct()
    def match_dotted_value(x):
        class Kind:
            A = 1
            B = 2

        match 2:
            case Kind.A:
                return x
            case Kind.B:
                return x * 2

    @construct()
    def match_no_case(x):
        match [1]:
            case {"a": 1}:
                x = x * 0
            case [2]:
                x = x * 0
        return x + 1

    @construct()
    def match_tensor_type(x):
        match x:
            case int() | float():
                return 0
            case paddle.Tensor(ndim=2):
                return x + 1

    @construct()
    def with_in_parentheses(x):
        import contextlib

        with (
            contextlib.nullcontext(2) as a,
            contextlib.nullcontext(3) as b,
        ):
            return x * a + b

    @construct()
    def zip_strict(x):
        try:
            list(zip([1, 2], [1], strict=True))
        except ValueError:
            return x * len(list(zip([1], [2], strict=True)))
    """,
    MODULE,
    "since 3.10",
)

constructs_in(
    """
    @construct()
    def except_star(x):
        log = []
        try:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2), KeyError("k")])
        except* ValueError as group:
            log.append(len(group.exceptions))
        except* (TypeError, KeyError) as group:
            log.append([type(error).__name__ for error in group.exceptions])
        return x * len(log), log

    @construct()
    def except_star_plain_error(x):
        try:
            raise ValueError("one")
        except* ValueError as group:
            return_value = len(group.exceptions)
        return x * return_value

    @construct()
    def except_star_rest_passes(x):
        try:
            try:
                raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
            except* ValueError:
                x = x + 1
        except ExceptionGroup as rest:
            return x * 2, [type(error).__name__ for error in rest.exceptions]

    @construct()
    def star_in_subscript(x):
        table = {(1, 2, 3): 5}
        part = (2, 3)
        return x * table[1, *part]

    @construct()
    def exception_notes(x):
        try:
            error = ValueError("v")
            error.add_note("noted")
            raise error
        except ValueError as caught:
            return x + 1, caught.__notes__
    """,
    MODULE,
    "since 3.11",
)

constructs_in(
    """
    @construct()
    def type_parameters(x):
        def first[T](items: list[T]) -> T:
            return items[0]

        return first([x * 2])

    @construct()
    def generic_class(x):
        class Holder[T]:
            def __init__(self, value: T):
                self.value = value

        return Holder(x).value * 2

    @construct()
    def type_alias(x):
        type Pair = tuple[int, int]
        return x + 1, Pair.__name__

    @construct()
    def fstring_quotes(x):
        names = ["a", "b"]
        return x + 1, f"{", ".join(names)} {f"{f"{1 + 1}"}"}"

    @construct()
    def comprehension_in_class(x):
        scale = 2

        class Local:
            parts = [n * scale for n in range(3)]

        return x * Local.parts[2]

    @construct()
    def type_parameters_of_function(x):
        def first[T: list[int], *Ts, **P](items: list[T], more: tuple[T, int] = ()) -> T:
            return items[0]

        T = first.__type_params__[0]
        same = first.__annotations__["return"] is T, (T | T) is T, (T | None) is (T | None)
        return first([x]) * 2, same, T.__name__, len(first.__type_params__)

    @construct()
    def type_parameters_leave(x):
        def first[T: (int, str), *Ts, **P](items: list[T] | None, one: int | T = 1) -> T | None:
            return items[0]

        return x + 1, [first]

    @construct()
    def type_alias_leaves(x):
        type Pair[K] = dict[K, int]
        return x + 1, [Pair]
    """,
    MODULE,
    "since 3.12",
)

constructs_in(
    """
    @construct()
    def type_parameter_default(x):
        def same[T = int](value: T) -> T:
            return value

        return same(x) * 2
    """,
    MODULE,
    "since 3.13",
)
