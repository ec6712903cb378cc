"""Generic functions, classes and aliases (PEPs 695, 696 and 646), and what is seen of them."""

from __future__ import annotations

from typing import Callable, List, NamedTuple, Sequence

from .pen import Pen

Inside = Callable[[Pen], None]


class Param(NamedTuple):
    """A type parameter: its name, and how it is written."""

    name: str
    kind: str
    text: str


_BOUNDS = (
    "int", "Late", "list[int]", "dict[str, Late]", "'Late'", "Point", "int | None", "log(int)",
    "tuple[int, ...]", "type[Point]", "Late | None",
)  # fmt: skip


def _params(
    pen: Pen, names: Sequence[str] = ("T", "U", "__V"), defaults: bool = False
) -> List[Param]:
    """One to three of them, in the order that the grammar wants."""
    found: List[Param] = []
    for name in pen.some(names, 1, 2):
        text = name
        kind = pen.below(8)
        if kind == 4:
            text += f": {pen.pick(_BOUNDS)}"
        elif kind == 5:
            text += f": ({', '.join(pen.some(_BOUNDS[:6], 2, 3))})"
        elif kind == 6 and found and found[0].kind == "":
            text += f": {pen.pick(('list', 'set'))}[{found[0].name}]"
        elif kind == 7:
            text += f": ({pen.pick(_BOUNDS)})"
        found.append(Param(name, "", text))
    if pen.chance(25):
        found.append(Param("Ts", "*", "*Ts"))
    if pen.chance(25):
        found.append(Param("P", "**", "**P"))
    if defaults and pen.chance(25):
        pen.used.add("PEP 696")
        values = {"": ("int", "Late", "list[int]"), "*": ("*tuple[int, str]",), "**": ("[int]",)}
        first = pen.below(len(found))
        for index in range(first, len(found)):
            one = found[index]
            found[index] = one._replace(text=f"{one.text} = {pen.pick(values[one.kind])}")
        if "*" in [one.kind for one in found]:  # no default may follow it
            found = [one for one in found if one.kind != "**"]
    return found


def _brackets(pen: Pen, params: List[Param]) -> str:
    space = pen.space() if pen.chance(20) else ""
    return f"[{space}{f',{space} '.join(one.text for one in params)}{',' * pen.chance(15)}]"


def _use(pen: Pen, params: List[Param]) -> str:
    """A type that uses the parameters."""
    one = pen.pick(params)
    if one.kind == "*":
        return pen.pick(("tuple[*Ts]", "tuple[int, *Ts]", "dict[str, tuple[*Ts]]"))
    if one.kind == "**":
        return pen.pick(("Callable[P, int]", "list[Callable[P, None]]"))
    name = one.name
    return pen.pick(
        (
            name, name, f"list[{name}]", f"{name} | None", f"dict[str, {name}]", f"tuple[{name}, ...]",
            f"Callable[[{name}], {name}]", f"type[{name}]", f"int | list[{name}]", f"list[{name} | int]",
        )
    )  # fmt: skip


def _runtime(pen: Pen, params: List[Param]) -> str:
    """An expression that looks at a parameter when it is evaluated."""
    name = pen.pick(params).name
    return pen.pick(
        (
            f"{name}.__name__", f"show({name})", f"(lambda: {name}.__name__)()",
            f"[{name}.__name__ for _ in 'a']", f"[show(one) for one in ({name},)]",
            f"(lambda {name}: {name})(1)", f"grab({name}=1)", f"f'{{{name}.__name__}}'",
            f"isinstance({name}, int)", f"(lambda x={name}: x.__name__)()",
            f"[({name}, one) for one in (1, 2)][0][1]",
        )
    )  # fmt: skip


def write_generic_function(pen: Pen, inside: Inside) -> None:
    """``def f[T](x: T)``, called and looked at."""
    params = _params(pen, defaults=True)
    name = pen.fresh("f")
    kind = pen.pick(("def", "def", "def", "async def"))
    pen.gap()
    for _ in range(pen.below(3) if pen.chance(30) else 0):
        pen.write(f"@{pen.pick(('deco(1)', 'wrapping', 'deco(log(2))'))}")
    arguments = [f"x: {_use(pen, params)}"]
    if pen.chance(30):
        arguments[0] += ", /"
    if pen.chance(50):
        arguments.append(f"y: {_use(pen, params)} = {pen.value()}")
    if any(one.kind == "*" for one in params) and pen.chance(50):
        arguments.append("*args: *Ts")
    elif any(one.kind == "**" for one in params) and pen.chance(50):
        arguments += ["*args: P.args", "**kwargs: P.kwargs"]
    result = f" -> {_use(pen, params)}" if pen.chance(50) else ""
    space = pen.space() if pen.chance(15) else ""
    header = f"{kind} {name}{_brackets(pen, params)}({space}{', '.join(arguments)}{space}){result}:"
    if pen.chance(15):
        pen.write(f"{header} return x")
    else:
        with pen.function(header, "async" if kind != "def" else "function"):
            if pen.chance(30):
                pen.write("'''Doc.'''")
            pen.write(f"log({_runtime(pen, params)})")
            if pen.chance(30):
                one = pen.pick(params).name
                pen.write(f"here: {one} = 1")
            if pen.chance(25):
                inner = pen.fresh("g")
                pen.write("")
                with pen.function(f"def {inner}[Q](q: Q, t: {_use(pen, params)}):"):
                    pen.write(f"return Q.__name__, {_runtime(pen, params)}")
                pen.write(f"log({inner}(1, 2))")
            if pen.chance(25):
                inside(pen)
            pen.write("return x")
    call = f"{name}({pen.value()})"
    pen.write(f"log({call if kind == 'def' else f'finish({call})'})")
    pen.write(f"generic({name}, {name}.__type_params__)")


def write_generic_class(pen: Pen, inside: Inside) -> None:
    """``class C[T]`` with what stands in classes, looked at, indexed and inherited."""
    params = _params(pen, defaults=True)
    name = pen.fresh("C")
    base = pen.fresh("B")
    with_base = pen.chance(40)
    if with_base:
        pen.write("")
        pen.write(f"class {base}[K]: pass")
    bases = pen.pick(("", "", "()", "(Point)", "(list[int])", "(Protocol)", "(metaclass=type)"))
    if with_base:
        bases = f"({base}[{_use(pen, params)}])"
    elif bases == "(Protocol)":
        pen.write("from typing import Protocol")
    pen.gap()
    if pen.chance(20):
        pen.write("@deco('class')")
    header = f"class {name}{_brackets(pen, params)}{bases}:"
    around = pen.scope
    plain = bases in ("", "()") or with_base
    if pen.chance(12):
        pen.write(f"{header} pass")
    else:
        with pen.block(header), pen.within("class"):
            if pen.chance(20):
                pen.write('"""Doc."""')
            if pen.chance(50):
                pen.write(f"field: {_use(pen, params)}")
            if pen.chance(40):
                pen.write(f"log({_runtime(pen, params)})")
            if pen.chance(20) and plain:
                inside(pen)
            for _ in range(pen.below(3)):
                _member(pen, params)
    assert pen.scope is around
    pen.write(f"generic({name}, {name}.__type_params__)")
    if plain and pen.chance(60):
        index = {"": "int", "*": "str, bytes", "**": "[int, str]"}
        arguments = ", ".join(index[one.kind] for one in params)
        pen.write(f"print(show({name}[{arguments}]))")
        if pen.chance(50):
            child = pen.fresh("D")
            pen.gap()
            pen.write(f"class {child}({name}[{arguments}]): pass")
            pen.write(f"generic({child}, {child}.__type_params__)")
    if plain and pen.chance(40):
        pen.write(f"log(isinstance({name}(), {name}), {name}.__mro__[-1])")


def _member(pen: Pen, params: List[Param]) -> None:
    """A method, property, class or alias inside of a generic class."""
    name = pen.fresh("m")
    kind = pen.below(6)
    use = _use(pen, params)
    pen.gap()
    if kind == 0:
        with pen.function(f"def {name}(self, x: {use}) -> {_use(pen, params)}:"):
            pen.write(f"return {_runtime(pen, params)}")
    elif kind == 1:
        own = _params(pen, ("W", "T", "__X"))
        with pen.function(f"def {name}{_brackets(pen, own)}(self, x: {_use(pen, own)}, y: {use}):"):
            pen.write(f"return {_runtime(pen, own)}")
        pen.write(f"generic({name}, {name}.__type_params__)")
    elif kind == 2:
        pen.write(pen.pick(("@staticmethod", "@classmethod")))
        with pen.function(f"def {name}[W](x: W):"):
            pen.write("return W.__name__")
    elif kind == 3:
        pen.write("@property")
        with pen.function(f"def {name}(self) -> {use}:"):
            pen.write(f"return {_runtime(pen, params)}")
    elif kind == 4:
        with pen.block(f"class {name}[W]:"), pen.within("class"):
            pen.write(f"inner: dict[str, {_use(pen, params)}]")
            pen.write("")
            with pen.function(f"def deep(self, w: W, x: {use}):"):
                pen.write(f"return W.__name__, {_runtime(pen, params)}")
    else:
        own = pen.chance(50)
        pen.write(f"type {name}{'[W]' * own} = dict[str, {use}]{' | list[W]' * own}")
        pen.write(f"print(show({name}.__value__))")


def write_alias(pen: Pen, inside: Inside) -> None:
    """``type X[T] = ...``: lazy, recursive, indexed."""
    name = pen.fresh("X")
    params = _params(pen, ("T", "U")) if pen.chance(60) else []
    value = _use(pen, params) if params else pen.pick(_BOUNDS)
    kind = pen.below(6)
    if kind == 3:
        value = f"{value.replace(chr(39), '')} | {name}{'[' + ', '.join('*Ts' if p.kind == '*' else p.name for p in params) + ']' if params and pen.chance(50) else ''}"
    elif kind == 4:
        value = f"log({value})"
    elif kind == 5:
        value = f"({pen.space()}{value}{pen.space()})"
    pen.gap()
    pen.write(f"type {name}{_brackets(pen, params) if params else ''} = {value}")
    pen.write(f"log({name}.__name__)")
    pen.write(f"print(show({name}.__value__), {name}.__value__ is {name}.__value__)")
    pen.write(f"params({name}.__type_params__)")
    if params and pen.chance(50):
        index = {"": "int", "*": "str, bytes", "**": "[int, str]"}
        pen.write(f"print(show({name}[{', '.join(index[one.kind] for one in params)}]))")
    if pen.chance(30):
        pen.write(f"print(show(list[{name}]))")
    if pen.chance(30):
        function = pen.fresh("f")
        pen.gap()
        pen.write(f"def {function}(x: {name}, y: {name} | None = None): return x")
        pen.write(f"generic({function})")
