"""The ``@construct`` mark, and all that carry it."""

from __future__ import annotations

import linecache
import textwrap
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

import paddle

__all__ = [
    "CONSTRUCTS",
    "Construct",
    "Maker",
    "Owner",
    "construct",
    "constructs_in",
    "matrix",
    "vector",
]

Maker = Callable[[float], Tuple[Any, ...]]


class Construct(NamedTuple):
    """A function, and what compiling its first call is to cost.

    Args:
        function: takes what ``make`` gives.
        graphs: captured for the first call.
        breaks: of them, in it.
        fallbacks: frames that run as plain Python: 0 but for what has to be one.
        make: makes the arguments anew from a sign, 1.0 or -1.0; where it is an
            :class:`Owner`, those of one run share what it owns.
        watch: global names of the function's module that are compared and put back.
        library: whether it uses classes or Python of the standard library that are written in
            another way in another version, which needs other guards.
        again: frames that an equal second call compiles once more: 0 but where each call makes
            something that what goes on behind a break is compiled for.
    """

    function: Callable[..., Any]
    graphs: int
    breaks: int
    fallbacks: int
    make: Maker
    watch: Tuple[str, ...]
    library: bool = False
    again: int = 0


class Owner:
    """Makes arguments around an object that lives as long as a run does, such as a layer.

    Args:
        make: makes the object.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def again(self) -> Maker:
        """A maker of arguments with an object of its own."""
        paddle.seed(7)
        with paddle.utils.unique_name.guard():
            owned = self.make()
        return lambda sign: (*matrix(sign), owned)

    def __call__(self, sign: float) -> Tuple[Any, ...]:
        return self.again()(sign)


#: ``theme.function`` -> the construct.
CONSTRUCTS: Dict[str, Construct] = {}


def matrix(sign: float) -> Tuple[Any, ...]:
    """A float32 tensor of shape [2, 3]: 0 to 5 times the sign."""
    return (paddle.arange(6, dtype="float32").reshape([2, 3]) * sign,)


def vector(sign: float) -> Tuple[Any, ...]:
    """A float32 tensor of shape [3]: 1, 2, 3 times the sign."""
    return (paddle.to_tensor([1.0, 2.0, 3.0]) * sign,)


def construct(
    graphs: int = 1,
    breaks: int = 0,
    fallbacks: int = 0,
    make: Maker = matrix,
    watch: Tuple[str, ...] = (),
    name: Optional[str] = None,
    library: bool = False,
    again: int = 0,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function as a construct; see :class:`Construct`."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        theme = function.__module__.rpartition(".")[2]
        key = f"{theme}.{name or function.__name__}"
        assert key not in CONSTRUCTS, key
        counts = (graphs, breaks, fallbacks)
        CONSTRUCTS[key] = Construct(function, *counts, make, watch, library, again)
        return function

    return mark


def constructs_in(source: str, module: str, since: str) -> None:
    """Constructs in a grammar that not every version has: those that can read it have them.

    Args:
        source: of a module, with ``construct`` and ``paddle`` there to use.
        module: the name that its functions get.
        since: what the grammar is called, for the file name in tracebacks.
    """
    text = textwrap.dedent(source)
    filename = f"<{module.rpartition('.')[2]} {since}>"
    try:
        code = compile(text, filename, "exec")
    except SyntaxError:
        return
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    names = {
        "construct": construct,
        "matrix": matrix,
        "paddle": paddle,
        "vector": vector,
        "__name__": module,
    }
    exec(code, names)
