"""Timeouts of sockets, asyncio and futures, caught as ``TimeoutError`` by lowered code."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from downgrade import downgrade
from downgrade.targets import OLDEST
from tests.downgrade.generated.server import run

RAISING = {
    "builtin": "raise TimeoutError",
    "socket": """
        import socket
        one, other = socket.socketpair()
        one.settimeout(0.01)
        one.recv(1)
        """,
    "asyncio": """
        import asyncio
        asyncio.run(asyncio.wait_for(asyncio.sleep(9), 0.01))
        """,
    "timeout": """
        import asyncio
        async def late():
            async with asyncio.timeout(0.01):
                await asyncio.sleep(9)
        asyncio.run(late())
        """,
    "future": """
        import concurrent.futures
        concurrent.futures.Future().result(0.01)
        """,
}
CATCHING = {
    "alone": "try:\n    f()\nexcept TimeoutError as error:\n    log(isinstance(error, TimeoutError))\n",
    "tuple": "try:\n    f()\nexcept (ValueError, TimeoutError):\n    log(1)\n",
    "star": "try:\n    f()\nexcept* TimeoutError as group:\n    log(len(group.exceptions))\n",
    "star of several": "try:\n    f()\nexcept* (KeyError, TimeoutError):\n    log(1)\n",
    "another is not": "try:\n    f()\nexcept KeyError:\n    log(1)\nexcept TimeoutError:\n    log(2)\n",
}


@pytest.mark.parametrize("catching", CATCHING)
@pytest.mark.parametrize("raising", RAISING)
def test_it_is_caught(raising: str, catching: str) -> None:
    body = textwrap.indent(textwrap.dedent(RAISING[raising]).strip("\n"), "    ")
    result = downgrade(f"\ndef f():\n{body}\n{CATCHING[catching]}", OLDEST)
    assert not result.messages
    output = run(result.text, tuple(sorted(result.shims)))
    assert output.startswith("log ")
    assert "ended by" not in output


def test_what_is_no_timeout_is_not_caught() -> None:
    text = "\ntry:\n    raise OSError(1, 'x')\nexcept TimeoutError:\n    log(1)\n"
    result = downgrade(text, OLDEST)
    assert "timeout_errors" in result.text
    assert "PermissionError" in run(result.text, tuple(sorted(result.shims)))


def test_nothing_is_imported_to_know_them() -> None:
    program = (
        "from downgrade.runtime.timeout_errors import timeout_errors\nimport sys\n"
        "print(timeout_errors() == (TimeoutError,), {'socket', 'asyncio'} & set(sys.modules))"
    )
    command = [sys.executable, "-S", "-c", program]
    assert subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout == b"True set()\n"
