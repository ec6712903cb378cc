"""CPython's own tests on re-emitted code: a few modules, and how results are compared.

All modules of all versions are a session of their own: ``nox -s regrtest``.
"""

from __future__ import annotations

import pathlib

import pytest

from tests.conformance import regrtest
from tests.conformance.regrtest_modules import ABSENT, EXECUTED, MODULES, NAMED

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICK = ("test_grammar", "test_generators", "test_with", "test_exceptions", "test_patma")


def test_a_few_modules_are_the_same(capsys):
    quick = [module for module in QUICK if module not in regrtest.absent(QUICK)]
    assert len(quick) >= 4
    status = regrtest.main(quick)
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert [line.split()[:2] for line in shown.splitlines()[: len(quick)]] == [
        [module, "same"] for module in quick
    ]


def test_the_list_is_whole():
    assert len(set(EXECUTED)) == len(EXECUTED)
    assert len(EXECUTED) - len(regrtest.absent(EXECUTED)) >= 70
    assert len(set(MODULES)) == len(MODULES)
    assert set(ABSENT) <= set(MODULES)
    assert len(NAMED) == 28
    assert set(NAMED) <= set(MODULES)
    assert len(MODULES) - len(regrtest.absent(MODULES)) >= 150


def test_a_module_that_is_missing_without_a_reason_is_an_error():
    with pytest.raises(KeyError, match="test_no_such_module"):
        regrtest.absent(("test_grammar", "test_no_such_module"))


#: Runs the server with an emit that gives one function another body.
WRONG_EMIT = """
import runpy, sys
sys.path.insert(0, {root!r})
import paddlefx.reemit as reemit
plain = reemit.emit
def emit(program, code, table):
    if code.co_name == {name!r}:
        return (lambda self: 1 / 0).__code__
    return plain(program, code, table)
reemit.emit = emit
sys.path.remove({root!r})
sys.argv[0] = {script!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_wrong_code_makes_a_module_differ():
    name = "testEnterReturnsTuple"
    script = WRONG_EMIT.format(root=str(ROOT), name=name, script=regrtest.SCRIPT)
    plain, wrong = regrtest.Server("plain"), regrtest.Server("reemitted", ("-c", script))
    try:
        verdict = regrtest.compare("test_with", plain, wrong, 60.0)
    finally:
        plain.close()
        wrong.close()
    (differing,) = verdict.differs.items()
    assert differing[0].endswith(name)
    assert differing[1].startswith("plain: pass; reemitted: error: ZeroDivisionError")
    assert verdict.unsteady == ()


class Answers:
    """In the place of a server: what it is told to answer, one after the other."""

    kind, patience = "reemitted", 3.0

    def __init__(self, *answers):
        self.answers = list(answers)

    def ask(self, module, limit):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def answer(end="done", faults=(), codes=7, **tests):
    found = [[name, outcome, 1] for name, outcome in tests.items()]
    return {
        "outcomes": found,
        "texts": {},
        "end": end,
        "faults": list(faults),
        "codes": codes,
        "log": "last words",
    }


def compared(plain, again):
    return regrtest.compare("test_it", Answers(*plain), Answers(*again), 1.0)


def test_the_same():
    verdict = compared([answer(a="pass", b="skip")], [answer(a="pass", b="skip")])
    assert (verdict.differs, verdict.unsteady) == ({}, ())
    assert (verdict.tests, verdict.passed, verdict.codes, verdict.ran) == (2, 1, 7, True)


@pytest.mark.parametrize(
    "one, other",
    [
        (dict(a="pass"), dict(a="fail: AssertionError")),
        (dict(a="error: TypeError"), dict(a="error: ValueError")),
        (dict(a="pass"), dict(a="skip")),
        (dict(a="pass", b="pass"), dict(a="pass")),
        (dict(a="pass"), dict(a="pass", b="pass")),
        (dict(a="0 of 9 failed"), dict(a="1 of 9 failed")),
    ],
)
def test_a_difference_is_seen(one, other):
    verdict = compared([answer(**one)], [answer(**other)])
    assert len(verdict.differs) == 1
    (seen,) = verdict.differs.values()
    assert seen.startswith("plain: ")


@pytest.mark.parametrize("end", ["signal 11", "timeout", "exit 1"])
def test_a_crash_is_a_difference_even_once(end):
    verdict = compared([answer(a="pass")], [answer(end), answer(a="pass")])
    assert verdict.differs == {"module test_it": f"{end}\nlast words"}


def test_a_plain_run_that_does_not_end_is_no_comparison():
    verdict = compared([answer("timeout")], [answer("timeout")])
    assert verdict.differs == {"module test_it": "plain: timeout"}


def test_a_fault_of_ours_is_a_difference_even_if_caught():
    verdict = compared([answer(a="pass")], [answer(a="pass", faults=["m: f can't"])])
    assert verdict.differs == {"module test_it, fault 0": "m: f can't"}


def test_what_changes_from_run_to_run_is_unsteady():
    flaky = [answer(a="pass", b="fail: AssertionError"), answer(a="pass", b="pass")]
    verdict = compared(flaky, [answer(a="pass", b="pass")])
    assert (verdict.differs, verdict.unsteady) == ({}, ("b",))
    late = compared([answer(a="pass")], [answer(a="fail: AssertionError"), answer(a="pass")])
    assert (late.differs, late.unsteady) == ({}, ("a",))


def test_what_measures_bytecode_is_set_apart(monkeypatch):
    monkeypatch.setitem(regrtest.MEASURE_BYTECODE, "b", "counts instructions")
    differing = answer(a="pass", b="fail: AssertionError")
    verdict = compared([answer(a="pass", b="pass")], [differing])
    assert (verdict.differs, verdict.excepted) == ({}, ("b",))


def test_a_module_that_only_skips_is_not_counted():
    assert not compared([answer(test_it="skip")], [answer(test_it="skip")]).ran
