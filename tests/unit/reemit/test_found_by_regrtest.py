"""What CPython's own tests found wrong in re-emitted code, as small as it gets."""

from __future__ import annotations

import pytest

from tests.support.reemit import again

#: name -> source that sets ``result``
SOURCES = {
    # test_listcomps, test_type_params (3.12+): the class's y and the free y are two variables.
    "a comprehension of a class uses a free variable": """
def f():
    y = 1
    class C:
        y = 2
        pairs = [(x, y) for x in range(2)]
    return C.pairs
result = f()
""",
    # test.support.os_helper (3.13): what ends a loop stands between the break and its target.
    "a break right before the end of the loop": """
result = []
for c in ('a', ''):
    try:
        if not c: raise ValueError
    except ValueError:
        result.append('caught')
    else:
        result.append(c)
        break
result.append('after')
""",
}
EXPECTED = {
    "a comprehension of a class uses a free variable": [(0, 1), (1, 1)],
    "a break right before the end of the loop": ["a", "after"],
}


@pytest.mark.parametrize("strip", [False, True], ids=["hinted", "stripped"])
@pytest.mark.parametrize("name", SOURCES)
def test_it_runs_as_compiled(name, strip):
    code = compile(SOURCES[name], name, "exec", dont_inherit=True)
    plain, made = {}, {}
    exec(code, plain)
    assert plain["result"] == EXPECTED[name]
    exec(again(code, strip), made)
    assert made["result"] == EXPECTED[name]
