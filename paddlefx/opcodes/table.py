"""What an opcode table is: one row an opcode, and one row serves decoding and emitting.

A version is a diff against the version before it (:meth:`OpcodeTable.derive`). A row
names the internal operation, how its operand is written, and a *form*: the shape that
decode reads it by and emit writes it by. Nothing outside this package asks for a version;
whoever needs to know asks for an opcode (``"KW_NAMES" in table``) or a trait.
"""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ..ir.instr import Op

__all__ = ["FORMS", "OpcodeTable", "Rule", "missing"]

#: Every form a row can have, with what it means. ``plain`` covers most rows.
FORMS: Dict[str, str] = {
    "plain": "one internal instruction; operand read as the row's codec says",
    "choice": "the operand picks an (Op, arg) from the row's value",
    "pair": "two internal instructions; the operand belongs to the first",
    "pop": "pops a value, or a ghost",
    "copy": "copies the i-th slot; value or operand",
    "copy2": "copies the two top slots",
    "swap": "exchanges two slots; value or operand",
    "rot": "lifts the top slot to the i-th place; value or operand",
    "skip": "no effect on values: inline caches, prologue, resume points",
    "nop": "nothing, kept for its line",
    "extended": "EXTENDED_ARG",
    "generator": "RETURN_GENERATOR and the POP_TOP behind it; value: whether that has a line",
    "cell": "MAKE_CELL",
    "null": "pushes a NULL for the next call",
    "global": "LOAD_GLOBAL with a bit that pushes a NULL",
    "attr": "LOAD_ATTR with a bit for the method form",
    "method": "LOAD_METHOD: a self slot and the attribute",
    "super": "LOAD_SUPER_ATTR",
    "call": "CALL with a NULL or self slot",
    "call_kw": "CALL_KW: keyword names on the stack, a NULL or self slot",
    "call_function": "CALL_FUNCTION",
    "call_function_kw": "CALL_FUNCTION_KW: keyword names on the stack",
    "call_method": "CALL_METHOD",
    "call_ex": "CALL_FUNCTION_EX; value: NULLs it takes (1 by the callable, 2 also for keywords)",
    "kw_names": "KW_NAMES: the names of the next CALL",
    "const": "LOAD_CONST",
    "return_const": "RETURN_CONST",
    "fast": "LOAD_FAST, and the form that borrows the reference",
    "fast_owned": "LOAD_FAST_CHECK, and LOAD_FAST where another row borrows: kept as a hint",
    "fast_pair": "two local instructions; value: the two Ops",
    "store_fast": "STORE_FAST, or the end of an inlined comprehension's scope",
    "save_fast": "LOAD_FAST_AND_CLEAR",
    "const_keys": "BUILD_CONST_KEY_MAP: keys on the stack",
    "classderef": "LOAD_CLASSDEREF: locals mapping, then cell",
    "function": "MAKE_FUNCTION; value: whether it takes a qualified name from the stack",
    "function_attribute": "SET_FUNCTION_ATTRIBUTE",
    "format": "FORMAT_VALUE: conversion and format in one",
    "convert": "CONVERT_VALUE",
    "interpolation": "BUILD_INTERPOLATION: conversion and format in one operand",
    "unpack_ex": "UNPACK_EX",
    "into": "adds to the container in the i-th slot",
    "print_expr": "PRINT_EXPR, which leaves nothing on the stack",
    "match_bool": "an operation that also pushes whether it succeeded",
    "to_bool": "TO_BOOL",
    "jump": "an unconditional jump; operand: direction",
    "branch": "a conditional jump; value: jumps when true or when false",
    "branch_keep": "JUMP_IF_x_OR_POP",
    "branch_none": "a jump on None; value: jumps when it is None, or when not",
    "branch_exc": "JUMP_IF_NOT_EXC_MATCH",
    "not_taken": "NOT_TAKEN, behind a conditional jump or for its own sake",
    "for_iter": "FOR_ITER; value: instructions skipped at its end",
    "send": "SEND, the head of an await or yield-from loop",
    "end_send": "END_SEND and END_FOR, absorbed by SEND and FOR_ITER",
    "return": "RETURN_VALUE",
    "yield": "YIELD_VALUE",
    "raise": "RAISE_VARARGS",
    "reraise": "RERAISE; value: type, value and traceback are on the stack",
    "enter_handler": "PUSH_EXC_INFO",
    "pop_except": "POP_EXCEPT",
    "with_except_start": "WITH_EXCEPT_START",
    "special": "LOAD_SPECIAL, head of the six instructions that enter a ``with``",
    "end_async_for": "END_ASYNC_FOR; value: slots of the exception; operand: to its END_SEND",
    "setup_finally": "SETUP_FINALLY",
    "setup_with": "SETUP_WITH",
    "setup_async_with": "SETUP_ASYNC_WITH",
    "pop_block": "POP_BLOCK",
    "begin_finally": "BEGIN_FINALLY (3.8)",
    "call_finally": "CALL_FINALLY (3.8)",
    "end_finally": "END_FINALLY (3.8)",
    "pop_finally": "POP_FINALLY (3.8)",
    "with_cleanup_start": "WITH_CLEANUP_START (3.8)",
    "with_cleanup_finish": "WITH_CLEANUP_FINISH (3.8)",
}

#: Operand codecs of plain rows.
OPERANDS = ("", "int", "name", "local", "cell", "forward", "backward", "absolute")


class Rule(NamedTuple):
    """One opcode.

    Args:
        name: CPython's name for it.
        number: its byte in ``co_code``.
        form: a key of :data:`FORMS`.
        op: the internal operation of a plain row, or of the form's main instruction.
        operand: how the operand is written: ``""`` none, ``int`` as it is, ``name`` an
            index into ``co_names``, ``local`` and ``cell`` a slot; for jumps the direction.
        value: a fixed operand, or what the form asks for.
        caches: inline cache entries (2 bytes each) behind it.
    """

    name: str
    number: int
    form: str
    op: Optional[Op] = None
    operand: str = ""
    value: Any = None
    caches: int = 0

    def jumps_to(self, oparg: int, offset: int, jump_unit: int) -> Optional[int]:
        """The offset that a jump at an offset leads to; ``None`` of what is no jump."""
        if self.operand == "absolute":
            return oparg * jump_unit
        behind = offset + 2 + 2 * self.caches
        if self.operand == "forward":
            return behind + oparg * jump_unit
        return behind - oparg * jump_unit if self.operand == "backward" else None


class OpcodeTable:
    """All opcodes of one CPython, and its traits.

    Args:
        version: ``(major, minor)``; for messages and :meth:`derive` only.
        rules: the rows.
        traits: facts that are not an opcode's: ``magic`` (the number its .pyc files start
            with), ``jump_unit`` (bytes a jump operand counts in), ``handlers`` (``"blocks"``
            or ``"table"``), ``null`` (where a call's NULL is: ``"below"`` or ``"above"`` the
            callable, ``""`` when there is none),
            ``localsplus`` (locals and cells share one index space), ``lines``
            (``"lnotab"``, ``"linetable"`` or ``"positions"``), ``generator_depth``
            (which of YIELD_VALUE and RESUME carries the exception depth), ``docstring_flag``
            (the bit of ``co_flags`` that says whether the first constant is a docstring),
            ``inlined_lag`` (instructions that run a Python frame in place and whose exceptions
            the interpreter looks up one code unit too early: ``resume_with_error`` in 3.13's
            ``ceval.c``), ``stack_chunks`` (the frames of Python functions lie in chunks of a
            stack of the thread's own).
    """

    __slots__ = ("_by_meaning", "_by_name", "filler", "rules", "traits", "version")

    def __init__(
        self,
        version: Tuple[int, int],
        rules: Iterable[Rule],
        traits: Mapping[str, Any],
    ) -> None:
        self.version = version
        self.rules: Dict[int, Rule] = {}
        self._by_name: Dict[str, Rule] = {}
        self.traits: Dict[str, Any] = dict(traits)
        for rule in rules:
            if rule.form not in FORMS:
                raise ValueError(f"{rule.name}: no form {rule.form!r}")
            if rule.number in self.rules or rule.name in self._by_name:
                raise ValueError(f"{rule.name}: repeated row")
            self.rules[rule.number] = rule
            self._by_name[rule.name] = rule
        #: the number of CACHE, if there is one, and of EXTENDED_ARG: they are no instructions
        self.filler: Tuple[Optional[bytes], int] = (None, -1)
        if "EXTENDED_ARG" in self:
            cache = bytes((self["CACHE"].number,)) if "CACHE" in self else None
            self.filler = (cache, self["EXTENDED_ARG"].number)
        self._by_meaning: Dict[Tuple[Op, Any], Tuple[Rule, Optional[int]]] = {}
        for rule in self.rules.values():
            if rule.form == "choice":
                for oparg, meaning in sorted(rule.value.items()):
                    if meaning is not None:
                        self._by_meaning.setdefault(meaning, (rule, oparg))
            elif rule.form in ("plain", "into") and rule.op is not None:
                self._by_meaning.setdefault((rule.op, rule.value), (rule, None))

    def derive(
        self,
        version: Tuple[int, int],
        remove: str = "",
        rules: Iterable[Rule] = (),
        renumber: Optional[Mapping[str, int]] = None,
        caches: Optional[Mapping[str, int]] = None,
        **traits: Any,
    ) -> OpcodeTable:
        """The table of the next version.

        Args:
            version: the new one.
            remove: names that are gone, separated by spaces.
            rules: rows that are new or mean something else now.
            renumber: new numbers of rows that mean what they meant.
            caches: new cache counts, by name.
            traits: what changes in :attr:`traits`.
        """
        gone = set(remove.split())
        unknown = gone - set(self._by_name)
        if unknown:
            raise ValueError(f"not in {self.version}: {sorted(unknown)}")
        rows: Dict[str, Rule] = {n: r for n, r in self._by_name.items() if n not in gone}
        for name, number in (renumber or {}).items():
            rows[name] = rows[name]._replace(number=number)
        for rule in rules:
            rows[rule.name] = rule
        for name, count in (caches or {}).items():
            rows[name] = rows[name]._replace(caches=count)
        merged = dict(self.traits)
        merged.update(traits)
        return OpcodeTable(version, rows.values(), merged)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Rule:
        return self._by_name[name]

    def get(self, name: str) -> Optional[Rule]:
        """The row of this name, or ``None``."""
        return self._by_name.get(name)

    def spell(self, op: Op, arg: Any = None) -> Optional[Tuple[Rule, Optional[int]]]:
        """The row that writes ``op`` with the fixed operand ``arg``, and its oparg."""
        return self._by_meaning.get((op, arg))

    def of_form(self, *forms: str) -> List[Rule]:
        """All rows of these forms."""
        return [rule for rule in self.rules.values() if rule.form in forms]

    @property
    def names(self) -> FrozenSet[str]:
        """The names of all rows."""
        return frozenset(self._by_name)

    def __repr__(self) -> str:
        return f"<OpcodeTable {self.version[0]}.{self.version[1]}, {len(self.rules)} rows>"


def missing(table: OpcodeTable, opmap: Mapping[str, int]) -> List[str]:
    """Opcodes of a ``dis.opmap`` that have no row, or another number in it.

    Pseudo opcodes (above 255), instrumented and specialised forms, and the ones that
    only occur in the interpreter's own shim frames have no row by design.
    """
    return sorted(
        name
        for name, number in opmap.items()
        if not is_internal(name, number) and (name not in table or table[name].number != number)
    )


def is_internal(name: str, number: int) -> bool:
    """Whether an opcode never shows in ``co_code``."""
    return (
        number > 255
        or name.startswith("INSTRUMENTED_")
        or name in ("INTERPRETER_EXIT", "EXIT_INIT_CHECK", "RESERVED", "ENTER_EXECUTOR")
        or name in ("DO_TRACING", "TRACE_RECORD", "BINARY_OP_INPLACE_ADD_UNICODE")
    )
