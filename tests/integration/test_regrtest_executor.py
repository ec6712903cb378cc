"""CPython's own tests through the executor: a few modules; ``nox -s regrtest-executor`` runs all."""

from __future__ import annotations

from tests.conformance import regrtest_executor

EXECUTED_QUICK = tuple(
    """
    test_augassign test_binop test_bool test_contains test_decorators test_defaultdict
    test_dynamicclassattribute test_except_star test_exception_variations test_extcall
    test_generator_stop test_genexps test_iterlen test_keywordonlyarg test_listcomps test_metaclass
    test_print test_property test_raise test_string test_subclassinit test_super test_textwrap test_unpack
    test_unpack_ex test_with
    """.split()
)


def test_a_few_modules_are_the_same_through_the_executor(capsys):
    status = regrtest_executor.main(list(EXECUTED_QUICK))
    shown = capsys.readouterr().out
    assert status == 0, shown
    rows = [line.split() for line in shown.splitlines() if line.startswith("test_")]
    assert {row[1] for row in rows} == {"same"}
    assert len(rows) >= 24
    assert "whole 0 (0%), broken 0" not in shown
