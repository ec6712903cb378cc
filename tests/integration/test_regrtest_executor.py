"""CPython's own tests through the executor: a few modules; ``nox -s regrtest-executor`` runs all."""

from __future__ import annotations

from tests.conformance import regrtest_executor

EXECUTED_QUICK = ("test_with", "test_listcomps", "test_unpack", "test_except_star")


def test_a_few_modules_are_the_same_through_the_executor(capsys):
    status = regrtest_executor.main(list(EXECUTED_QUICK))
    shown = capsys.readouterr().out
    assert status == 0, shown
    rows = [line.split() for line in shown.splitlines() if line.startswith("test_")]
    assert {row[1] for row in rows} == {"same"}
    assert len(rows) >= 3
    assert "whole 0 (0%), broken 0" not in shown
