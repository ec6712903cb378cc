"""``except*`` (PEP 654), and ``except`` without parentheses (PEP 758)."""

from __future__ import annotations

from typing import Callable

from .pen import Pen

_SINGLE = ("E1(1)", "E2('a', 2)", "E3(3)", "ValueError(4)", "TypeError(5)", "KeyError('k')", "E1")
_TYPES = ("E1", "E2", "E3", "ValueError", "TypeError", "Exception", "LookupError", "BaseException")


def _group(pen: Pen, depth: int) -> str:
    """A group as an expression, with groups in it."""
    parts = []
    for _ in range(1 + pen.below(3)):
        deeper = depth > 0 and pen.chance(30)
        parts.append(_group(pen, depth - 1) if deeper else pen.pick(_SINGLE))
    parts = [f"{part}(0)" if part == "E1" else part for part in parts]
    if pen.chance(8):
        return f"BaseExceptionGroup('base', [KeyboardInterrupt(), {', '.join(parts)}])"
    return f"ExceptionGroup({pen.pick(('g', 'h'))!r}, [{', '.join(parts)}])"


def _raising(pen: Pen) -> None:
    """A statement that raises, mostly."""
    error = _group(pen, 2) if pen.chance(75) else pen.pick(_SINGLE)
    kind = pen.below(8)
    if kind == 0:
        pen.write("log('nothing')")
    elif kind == 1:
        pen.write(f"boom({error})")
    elif kind == 2:
        pen.write(f"raise {error} from {pen.pick(_SINGLE)}")
    elif kind == 3:
        pen.write(f"try: raise {pen.pick(_SINGLE)}")
        pen.write(f"finally: raise {error}")
    else:
        pen.write(f"raise {error}")


def _types(pen: Pen) -> str:
    kind = pen.below(9)
    if kind < 4:
        return pen.pick(_TYPES)
    if kind == 4:
        return f"log({pen.pick(_TYPES)})"
    if kind == 5:
        return f"E2 if {pen.test()} else ValueError"
    if kind == 6:
        return "OSError"
    chosen = pen.some(_TYPES[:5], 1, 3)
    return f"({pen.space()}{', '.join(chosen)},)"


def _handler(pen: Pen, name: str, inside: Callable[[Pen], None]) -> None:
    """What a handler does; ``name`` is that of the group, or empty."""
    pen.write(f"log({name or repr('handled')})")
    kind = pen.below(10)
    if kind == 4:
        pen.write("raise")
    elif kind == 5:
        pen.write(f"raise {pen.pick(_SINGLE)}")
    elif kind == 6:
        pen.write(f"raise {_group(pen, 1)} from {name or 'None'}")
    elif kind == 7 and name:
        pen.write(pen.pick((f"{name} = 5", f"raise {name}", f"log(len({name}.exceptions))")))
    elif kind == 8:
        pen.write(f"try: raise {pen.pick(_SINGLE)}")
        pen.write(f"except {pen.pick(_TYPES)} as inner: log(inner)")
    elif kind == 9:
        inside(pen)


def write_group(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """``try`` with ``except*``, and around it one that shows what comes out."""
    scope = pen.scope
    with pen.block("try:"):
        with pen.block(pen.pick(("try:", "try:  # why"))):
            if pen.chance(30):
                inside(pen)
            _raising(pen)
            if scope.kind in ("function", "async") and not scope.starred and pen.chance(10):
                pen.write("return log('left')")
        scope.starred += 1
        for _ in range(1 + pen.below(3)):
            name = pen.fresh("e") if pen.chance(60) else ""
            star = pen.pick(("* ", " *", " * ", "*"))
            types = _types(pen)
            if star == "*" and types[0] != "(":
                star = "* "
            header = f"except{star}{types}{f' as {name}' * bool(name)}:"
            if pen.chance(20):
                pen.write(f"{header} log({name or repr('short')})")
                continue
            with pen.block(header):
                _handler(pen, name, inside)
        if pen.chance(30):
            with pen.block("else:"):
                pen.write("log('else')")
                if pen.chance(20):
                    _raising(pen)
        if pen.chance(30):
            with pen.block("finally:"):
                pen.write("log('finally')")
                if pen.chance(20):
                    _raising(pen)
        scope.starred -= 1
    with pen.block("except BaseException as error:"):
        pen.write("log(error)")


def write_except(pen: Pen, inside: Callable[[Pen], None]) -> None:
    """``except A, B`` (PEP 758); 3.13 is given parentheses."""
    pen.used.add("PEP 758")
    with pen.block("try:"):
        with pen.block("try:"):
            if pen.chance(20):
                inside(pen)
            _raising(pen)
        for index in range(1 + pen.below(2)):
            chosen = pen.some(_TYPES, 2, 3)
            star, error = "", _group(pen, 0)
            lists = ", ".join(f"log({one})" if pen.chance(20) else one for one in chosen)
            with pen.block(f"except{star} {lists}:", f"except{star} ({lists}):"):
                pen.write(f"log({index})")
                if pen.chance(20):
                    pen.write(f"raise {error}")
    with pen.block("except BaseException as error:"):
        pen.write("log(error)")
