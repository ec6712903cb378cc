"""Every interpreter that can compile an example makes the same program of it.

The other interpreters run in processes of their own (:mod:`tests.property.server`); one that is
not on PATH is a failure.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, Tuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from paddlefx.ir.canonical import Canonical
from paddlefx.ir.compare import compare
from tests.property.amount import amount
from tests.property.reduction import reduced
from tests.property.sources import Example, examples
from tests.support.interpreters import VERSIONS, Interpreter, Server

Servers = Dict[Tuple[int, int], Server]
NEWEST = VERSIONS[-1][1]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """A process for each version."""
    started = {v: Interpreter(v).server("tests.property.server") for v in VERSIONS}
    yield started
    for server in started.values():
        server.close()


def asked(servers: Servers, example: Example, **request: Any) -> Dict[str, Dict[str, Any]]:
    """The answers of the interpreters that know the grammar; they work side by side."""
    request["source"] = example.source
    chosen = [server for version, server in servers.items() if version[1] >= example.level]
    for server in chosen:
        server.send(request)
    return {server.name: server.receive() for server in chosen}


def difference(servers: Servers, example: Example) -> str:
    """How the programs of two interpreters differ; empty when all are equal."""
    answers = asked(servers, example)
    first = next(iter(answers))
    for name, answer in answers.items():
        if "failed" in answer:
            return f"{name}: {answer['failed']}"
        if answer != answers[first]:
            forms = asked(servers, example, form=True)
            pair = [Canonical.from_json(forms[who]["form"]) for who in (first, name)]
            return f"{first} and {name}: {compare(*pair)}"
    return ""


@settings(
    max_examples=amount(30),
    suppress_health_check=list(HealthCheck),
    # what fails is made small by lines, which is quicker
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(examples(NEWEST))
def test_one_program(servers: Servers, example: Example) -> None:
    def fails(source: str) -> bool:
        return bool(difference(servers, example._replace(source=source)))

    if fails(example.source):
        small = example._replace(source=reduced(example.source, fails))
        raise AssertionError(f"{small.source}\n{difference(servers, small)}")


def test_another_program_is_told(servers: Servers) -> None:
    """The comparison can fail: constants that are equal but not the same are told."""
    sources = ("def f():\n    return 1\n", "def f():\n    return True\n")
    digests = [asked(servers, Example(8, source)) for source in sources]
    for name, answer in digests[0].items():
        assert answer["digest"] != digests[1][name]["digest"]
