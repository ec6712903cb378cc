"""The kinds of symbolic value: few, by how the executor treats them, not by Python type."""

from .base import NotConstant, Variable
from .containers import DictVariable, LazyVariable, SequenceVariable, SetVariable, SliceVariable
from .exceptions import ExceptionVariable, TracebackVariable
from .functions import CellVariable, FunctionVariable, MethodVariable, SuperVariable
from .instances import InstanceVariable
from .iterators import GeneratorVariable, IteratorVariable, ViewVariable
from .plain import CallResultVariable, ConstantVariable, NullVariable, ObjectVariable
from .tensors import TensorVariable

__all__ = [
    "CallResultVariable",
    "CellVariable",
    "ConstantVariable",
    "DictVariable",
    "ExceptionVariable",
    "FunctionVariable",
    "GeneratorVariable",
    "InstanceVariable",
    "IteratorVariable",
    "LazyVariable",
    "MethodVariable",
    "NotConstant",
    "NullVariable",
    "ObjectVariable",
    "SequenceVariable",
    "SetVariable",
    "SliceVariable",
    "SuperVariable",
    "TensorVariable",
    "TracebackVariable",
    "Variable",
    "ViewVariable",
]
