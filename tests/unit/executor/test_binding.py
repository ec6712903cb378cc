"""``bind`` against CPython's own binding."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddlefx.executor.breaks import ObservedException
from paddlefx.executor.calls import bind
from paddlefx.executor.values import ConstantVariable
from paddlefx.source import ConstantSource
from tests.support.plain_machine import machine

NAMES = ["a", "b", "c", "d"]
KINDS = st.sampled_from(["positional", "default", "keyword", "keyword default"])


@st.composite
def signatures(draw: Any) -> str:
    """A parameter list as it is written."""
    plain, keyword = [], []
    had_default = False
    for name in NAMES[: draw(st.integers(0, 4))]:
        kind = draw(KINDS)
        if kind in ("positional", "default"):
            had_default = had_default or kind == "default"
            plain.append(f"{name}='{name}'" if had_default else name)
        else:
            keyword.append(f"{name}='{name}'" if kind == "keyword default" else name)
    parts = list(plain)
    if plain and draw(st.booleans()):
        parts.insert(draw(st.integers(1, len(plain))), "/")
    if draw(st.booleans()):
        parts.append("*args")
    elif keyword:
        parts.append("*")
    parts += keyword
    if draw(st.booleans()):
        parts.append("**kwargs")
    return ", ".join(parts)


@given(
    signatures(),
    st.lists(st.integers(0, 9), max_size=5),
    st.dictionaries(st.sampled_from([*NAMES, "q"]), st.integers(10, 19), max_size=4),
)
def test_bind(signature: str, args: List[int], kwargs: Dict[str, int]) -> None:
    names: Dict[str, Any] = {}
    exec(f"def function({signature}):\n    return dict(locals())", names)
    function = names["function"]
    capture = machine()
    variable = capture.function(function, ConstantSource(function, "function"))
    given_args = [ConstantVariable(item) for item in args]
    given_kwargs = {key: ConstantVariable(item) for key, item in kwargs.items()}
    try:
        expected = function(*args, **kwargs)
    except TypeError:
        with pytest.raises(ObservedException) as caught:
            bind(capture, variable, given_args, given_kwargs)
        assert type(caught.value.variable.value) is TypeError
        return
    bound = bind(capture, variable, given_args, given_kwargs)
    found = {key: capture.realise(value).as_constant() for key, value in bound.items()}
    assert found == expected
