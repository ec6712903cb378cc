"""Cases of PEP 695 and 696: every kind of definition, with all parameters, in each surrounding."""

from __future__ import annotations

import textwrap
from typing import Dict, Iterator, Tuple

#: name -> (parameters, an annotation that uses them, what indexes a class that has them)
PARAMETERS: Dict[str, Tuple[str, str, str]] = {
    "plain": ("T", "T", "int"),
    "two": ("T, U", "dict[T, U]", "int, str"),
    "bound": ("T: int", "list[T]", "bool"),
    "late-bound": ("T: Late", "T", "int"),
    "local-bound": ("T: Near", "T", "int"),
    "constraints": ("T: (int, str)", "T", "int"),
    "late-constraints": ("T: (Late, Near, bytes)", "T", "int"),
    "recursive": ("S, T: list[S]", "tuple[S, T]", "int, list[int]"),
    "tuple": ("*Ts", "tuple[*Ts]", "int, str"),
    "paramspec": ("**P", "Callable[P, int]", "[int, str]"),
    "all": ("A, *Ts, **P", "Callable[P, tuple[A, *Ts]]", "int, str, bytes, [int]"),
    "private": ("__T", "__T", "int"),
    "union": ("T", "T | None", "int"),
    "default": ("T = int", "list[T]", "str"),
    "late-default": ("T, U = list[T]", "U", "str, int"),
    "lines": (
        "\n    T,  # first\n    U: (  # second\n        int, str\n    ),\n",
        "dict[T, U]",
        "int, str",
    ),
}

#: What a lazy bound means is there only after the definition.
LATE = 'globals()["Late"] = type("Late", (), {})'

DEFINITIONS = {
    "def": """\
def f[{params}](x: {use}, y=1, *, z: int = 2) -> {use}:
    \"\"\"Doc.\"\"\"
    return x

{late}
params(f)
print(f(1), f.__name__, f.__defaults__, f.__kwdefaults__, f.__doc__)
print([show(hint) for hint in f.__annotations__.values()])
""",
    "async": """\
async def f[{params}](x: {use}):
    return x

{late}
params(f)
try:
    f(5).send(None)
except StopIteration as stop:
    print(stop.value)
""",
    "decorated": """\
def deco(g):
    print("deco", [param.__name__ for param in g.__type_params__])
    g.seen = True
    return g

@deco
@deco
def f[{params}](x: {use}) -> {use}: return x
{late}
print(f.seen, f.__annotations__.keys(), f(3))
params(f)
""",
    "static": """\
class Around:
    @staticmethod
    def f[{params}](x: {use}):
        return x

    @classmethod
    def g[{params}](cls, x: {use}):
        return cls.__name__, x

    @property
    def h[{params}](self):
        return 5

{late}
params(Around.f)
params(Around.g)
params(Around.h.fget)
print(Around.f(2), Around().g(3), Around().h)
""",
    "class": """\
class C[{params}]:
    \"\"\"Doc.\"\"\"

    x: {use}

    def method(self, y: {use}) -> {use}:
        return y

{late}
params(C)
print(show(C.__orig_bases__), show(C.__parameters__), C.__doc__)
print([show(hint) for hint in C.__annotations__.values()])
print([show(hint) for hint in C.method.__annotations__.values()])
print(C().method(2), [base.__name__ for base in C.__mro__])
print(show(C[{index}].__origin__))
""",
    "bases": """\
class Base[K]: pass
class Meta(type):
    def __new__(cls, name, bases, namespace, **kwargs):
        print(name, [base.__name__ for base in bases], sorted(kwargs))
        return super().__new__(cls, name, bases, namespace)

class C[{params}](Base[{use}], metaclass=Meta, flag=True): pass

{late}
params(C)
print(show(C.__orig_bases__), show(C.__parameters__), show(Base.__parameters__))
print([base.__name__ for base in C.__mro__])
""",
    "methods": """\
class Outer[Q]:
    class Near: pass
    def one[{params}](self, x: {use}, q: Q): return Q.__name__

    def two[{params}](self, x: {use}): return x
    async def three[{params}](self, x: {use}): return x
    class Inner[{params}](list):
        def four(self, q: Q, x: {use}): return q

    y = 3

{late}
for f in (Outer.one, Outer.two, Outer.three, Outer.Inner):
    params(f)
print(Outer().one(1, 2), Outer.y, Outer.__type_params__, Outer.Inner().four(3, 4))
print([show(hint) for hint in Outer.Inner.four.__annotations__.values()])
print(sorted(name for name in vars(Outer) if not name.startswith("_")))
""",
    "alias": """\
type X[{params}] = {use}
{late}
print(X, X.__name__, X.__module__ == __name__, show(X.__parameters__))
params(X)
print(show(X.__value__), X.__value__ is X.__value__)
print(show(X[{index}]))
type Y = list[Y] | None
print(show(Y.__value__), isinstance(Y, type(X)), Y.__type_params__)
""",
}

#: Parameters with names from around the definition.
LOCAL = ("local-bound", "late-constraints")

SURROUNDINGS = {
    "module": "{code}",
    "function": "def around():\n    class Near: pass\n\n{indented}\naround()\n",
    "class": "class Box:\n    class Near: pass\n{indented}\n",
    "branch": "for _ in range(1):\n    if True:\n\n{twice}\n",
    "method": (
        "class Box:\n    def around(self):\n        class Near: pass\n\n{twice}\nBox().around()\n"
    ),
}


def matrix() -> Iterator[Tuple[str, str]]:
    """Each case's name and text; it is a module that prints."""
    for where, surrounding in SURROUNDINGS.items():
        for what, definition in DEFINITIONS.items():
            for which, (params, use, index) in PARAMETERS.items():
                if where == "class" and which in LOCAL:
                    continue  # lowered, the class's names can't be had before it is complete
                code = definition.format(params=params, use=use, index=index, late=LATE)
                text = surrounding.format(
                    code=code,
                    indented=textwrap.indent(code, " " * 4),
                    twice=textwrap.indent(code, " " * 8),
                )
                head = "from collections.abc import Callable\nclass Near: pass\n\n"
                yield f"{where}-{what}-{which}", head + text
