"""Operators and contexts of expressions: one object each, compared by identity."""

from __future__ import annotations

from .node import Node


class expr_context(Node):
    """Whether an expression is read, bound or deleted."""


class Load(expr_context):
    """Read."""


class Store(expr_context):
    """Bound."""


class Del(expr_context):
    """Deleted."""


class boolop(Node):
    """``and`` or ``or``."""


class And(boolop):
    """``and``."""


class Or(boolop):
    """``or``."""


class operator(Node):
    """An operator of two operands."""


class Add(operator):
    """``+``."""


class Sub(operator):
    """``-``."""


class Mult(operator):
    """``*``."""


class MatMult(operator):
    """``@``."""


class Div(operator):
    """``/``."""


class Mod(operator):
    """``%``."""


class Pow(operator):
    """``**``."""


class LShift(operator):
    """``<<``."""


class RShift(operator):
    """``>>``."""


class BitOr(operator):
    """``|``."""


class BitXor(operator):
    """``^``."""


class BitAnd(operator):
    """``&``."""


class FloorDiv(operator):
    """``//``."""


class unaryop(Node):
    """An operator of one operand."""


class Invert(unaryop):
    """``~``."""


class Not(unaryop):
    """``not``."""


class UAdd(unaryop):
    """``+`` before its operand."""


class USub(unaryop):
    """``-`` before its operand."""


class cmpop(Node):
    """A comparison."""


class Eq(cmpop):
    """``==``."""


class NotEq(cmpop):
    """``!=``."""


class Lt(cmpop):
    """``<``."""


class LtE(cmpop):
    """``<=``."""


class Gt(cmpop):
    """``>``."""


class GtE(cmpop):
    """``>=``."""


class Is(cmpop):
    """``is``."""


class IsNot(cmpop):
    """``is not``."""


class In(cmpop):
    """``in``."""


class NotIn(cmpop):
    """``not in``."""


LOAD = Load()
STORE = Store()
DEL = Del()
AND = And()
OR = Or()
ADD = Add()
SUB = Sub()
MULT = Mult()
MAT_MULT = MatMult()
DIV = Div()
MOD = Mod()
POW = Pow()
LSHIFT = LShift()
RSHIFT = RShift()
BIT_OR = BitOr()
BIT_XOR = BitXor()
BIT_AND = BitAnd()
FLOOR_DIV = FloorDiv()
INVERT = Invert()
NOT = Not()
UADD = UAdd()
USUB = USub()
EQ = Eq()
NOT_EQ = NotEq()
LT = Lt()
LT_E = LtE()
GT = Gt()
GT_E = GtE()
IS = Is()
IS_NOT = IsNot()
IN = In()
NOT_IN = NotIn()
