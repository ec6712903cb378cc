"""What CPython's own tests found wrong in re-emitted code, as small as it gets."""

from __future__ import annotations

import pytest

from tests.support.reemit import again

#: name -> source that sets ``result``, what it is
FOUND = {
    # test_listcomps, test_type_params (3.12+): the class's y and the free y are two variables.
    "a comprehension of a class uses a free variable": (
        "def f():\n"
        "    y = 1\n"
        "    class C:\n"
        "        y = 2\n"
        "        pairs = [(x, y) for x in range(2)]\n"
        "    return C.pairs\n"
        "result = f()\n",
        [(0, 1), (1, 1)],
    ),
    # test.support.os_helper (3.13): what ends a loop stands between the break and its target.
    "a break right before the end of the loop": (
        "result = []\n"
        "for c in ('a', ''):\n"
        "    try:\n"
        "        if not c: raise ValueError\n"
        "    except ValueError:\n"
        "        result.append('caught')\n"
        "    else:\n"
        "        result.append(c)\n"
        "        break\n"
        "result.append('after')\n",
        ["a", "after"],
    ),
}


@pytest.mark.parametrize("strip", [False, True], ids=["hinted", "stripped"])
@pytest.mark.parametrize("name", FOUND)
def test_it_runs_as_compiled(name, strip):
    source, expected = FOUND[name]
    code = compile(source, name, "exec", dont_inherit=True)
    plain, made = {}, {}
    exec(code, plain)
    assert plain["result"] == expected
    exec(again(code, strip), made)
    assert made["result"] == expected
