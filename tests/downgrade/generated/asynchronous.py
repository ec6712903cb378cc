"""Asynchronous comprehensions inside of others (3.11), in coroutines and generators."""

from __future__ import annotations

from typing import Callable

from .pen import Pen


def _comprehension(pen: Pen, depth: int, name: str) -> str:
    """A comprehension; its elements may be asynchronous comprehensions."""
    loop = pen.fresh("i")
    is_async = pen.chance(50)
    items = f"arange({pen.atom()}, {name}, 2)" if is_async else f"log([{pen.atom()}, {name}])"
    if depth > 0 and pen.chance(70):
        element = _comprehension(pen, depth - 1, loop)
    else:
        element = pen.pick((loop, f"log({loop})", f"(await later({loop}))", f"({loop}, {name})"))
    clauses = f"{'async ' * is_async}for {loop} in {items}"
    if pen.chance(25):
        clauses += f" if {pen.pick((f'log({loop} is not None)', 'await later(1)', '1'))}"
    if pen.chance(15):
        clauses += f" for _ in log(({pen.atom()}, 2))"
    kind = pen.below(5)
    if kind == 3:
        return f"{{{pen.pick(('1', 'str(' + loop + ')'))}: {element} {clauses}}}"
    if kind == 4:
        return f"{{text({element}) {clauses}}}"
    return f"[{pen.space()}{element} {clauses}]"


def write_comprehensions(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """A coroutine with comprehensions in each other, run."""
    name = pen.fresh("f")
    pen.gap()
    with pen.function(f"async def {name}(p=1):", "async"):
        for _ in range(1 + pen.below(2)):
            text = _comprehension(pen, 2, "p")
            if pen.chance(20):
                pen.write(f"log([one async for one in (x async for x in arange({pen.atom()}))])")
            pen.write(f"log({text})")
        if pen.chance(30):
            inside(pen)
        pen.write("return p")
    pen.write(f"log(await {name}())" if pen.scope.awaits else f"log(finish({name}()))")
