"""Small additions of 3.9 to 3.11: with, stars, decorators, assignment expressions, and scopes."""

from __future__ import annotations

from typing import Callable, List

from .pen import Pen

Inside = Callable[[Pen], None]


def write_with(pen: Pen, inside: Inside) -> None:
    """``with`` in parentheses (PEP 617), of one or several items, over lines."""
    items: List[str] = []
    bound: List[str] = []
    for _ in range(1 + pen.below(3)):
        name = pen.fresh("c")
        manager = f"CM({pen.value()}{', True' * pen.chance(20)})"
        if pen.chance(10):
            manager = f"CM(1) if {pen.test()} else CM(2)"
        kind = pen.below(5)
        if kind < 2:
            items.append(f"{manager} as {name}")
            bound.append(name)
        elif kind == 2:
            items.append(f"CM((1, {pen.value()})) as ({name}, {name}_)")
            bound.append(name)
        elif kind == 3:
            items.append(f"({manager}) as ix[{pen.value()}]")
        else:
            items.append(manager)
    space = pen.space
    text = f",{space()}".join(items) + "," * pen.chance(30)
    word = "async with" if pen.scope.awaits and pen.chance(50) else "with"
    with pen.block(f"{word} ({space()}{text}{space()}):"):
        for name in bound:
            pen.write(f"log({name})")
        if pen.chance(30):
            inside(pen)
        if pen.chance(15):
            pen.write("raise E1('in with')")


def write_stars(pen: Pen, inside: Inside) -> None:
    """Stars in an index, ``return``, ``yield``, ``for`` and augmented assignments."""
    star = f"*log([{pen.atom()}, {pen.atom()}])"
    kind = pen.below(7)
    if kind == 0:
        pen.write(f"log(ix[{star}, {pen.value()}])")
        pen.write(f"ix[{star}] = {pen.value()}")
    elif kind == 1:
        pen.write(f"log(ix[{pen.value()}, {star}])")
        pen.write(f"del ix[{star}, {pen.value()}]")
    elif kind == 2:
        pen.gap()
        name = pen.fresh("f")
        with pen.function(f"def {name}():"):
            if pen.chance(40):
                pen.write(f"yield {star}, {pen.value()}")
            pen.write(f"return {star}, {pen.value()}")
        pen.write(f"log(*{name}())")
    elif kind == 3:
        loop = pen.fresh("i")
        with pen.block(f"for {loop} in {star}, {pen.value()}:"):
            pen.scope.loops += 1
            pen.write(f"log({loop})")
            inside(pen)
            pen.scope.loops -= 1
        if pen.chance(20):
            with pen.block("else:"):
                pen.write("log('else')")
    elif kind == 4:
        pen.write("t = (0,)")
        pen.write(f"t += {star}, {pen.value()}")
        pen.write("log(t)")
    elif kind == 5:
        index = pen.fresh("n")
        pen.write(f"log(ix[{index} := {pen.value()}], {index})")
        pen.write(f"log(ix[{pen.value()}, {index} := {pen.value()}], {index})")
    else:
        name = pen.fresh("n")
        pen.write(
            f"log({{{name} := {pen.pick(('1', 'log(2)'))}, {pen.pick(('3', 'log(4)'))}}}, {name})"
        )
        pen.write(f"log({{{name} := i for i in (1, 2)}})")


def write_decorators(pen: Pen, inside: Inside) -> None:
    """Any expression as a decorator (PEP 614)."""
    decorators = (
        "deco(1)", "decos[0]", "decos[log(1)]['k']", "(lambda f: f)", "lambda f: log(1, f) and f or f",
        "deco(2) if log(True) else deco(3)", "[deco(4)][0]", "wrapping", "(deco)(5)",
        "(q := deco(6))", "log(decos)[0]",
    )  # fmt: skip
    pen.gap()
    for _ in range(1 + pen.below(3)):
        pen.write(f"@{pen.pick(decorators)}{'  # why' * pen.chance(15)}")
    name = pen.fresh("f")
    if pen.chance(25):
        with pen.block(f"class {name}:"), pen.within("class"):
            inside(pen)
        pen.write(f"log({name}.__name__)")
        return
    generic = pen.chance(30)
    with pen.function(f"def {name}{'[T]' * generic}(x{': T' * generic} = {pen.value()}):"):
        inside(pen)
        pen.write("return x" + ", T.__name__" * generic)
    pen.write(f"log({name}())")
    if generic:
        pen.write(f"params({name}.__type_params__)")


def write_function(pen: Pen, inside: Inside) -> None:
    """A function, generator or coroutine with constructs in it, called."""
    kind = pen.pick(("function", "function", "generator", "async"))
    name = pen.fresh("f")
    pen.gap()
    word = "async def" if kind == "async" else "def"
    with pen.function(f"{word} {name}(p, /, q={pen.value()}, *, r=3):", kind):
        pen.scope.names += ["p", "q", "r"]
        for _ in range(1 + pen.below(2)):
            inside(pen)
        if kind == "generator":
            pen.write("log((yield q))")
        pen.write(f"return {pen.value()}")
    call = f"{name}({pen.value()})"
    show = {"generator": f"list({call})", "async": f"finish({call})"}.get(kind, call)
    if pen.scope.awaits and kind == "async":
        show = f"await {call}"
    with pen.block("try:"):
        pen.write(f"log({show})")
    with pen.block("except BaseException as error:"):
        pen.write("log(error)")


def write_class(pen: Pen, inside: Inside) -> None:
    """A class with constructs in its body and in a method."""
    name = pen.fresh("C")
    pen.gap()
    with pen.block(f"class {name}:"), pen.within("class"):
        pen.write(f"attr = {pen.value()}")
        if pen.chance(60):
            inside(pen)
        pen.gap()
        with pen.function(f"def method(self, value={pen.value()}):"):
            pen.scope.names += ["value"]
            inside(pen)
            pen.write("return value")
    with pen.block("try:"):
        pen.write(f"log({name}().method())")
    with pen.block("except BaseException as error:"):
        pen.write("log(error)")


def write_loop(pen: Pen, inside: Inside) -> None:
    """A loop with constructs in it."""
    loop = pen.fresh("i")
    with pen.block(f"for {loop} in ({pen.value()}, {pen.value()}):"):
        pen.scope.loops += 1
        pen.scope.names.append(loop)
        inside(pen)
        pen.scope.loops -= 1
        pen.scope.names.pop()
    if pen.chance(30):
        with pen.block("else:"):
            pen.write("log('no break')")
