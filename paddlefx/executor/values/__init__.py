"""The kinds of symbolic value: few, by how the executor treats them, not by Python type."""

from .addresses import AddressVariable, ThreadVariable
from .base import NotConstant, Variable
from .callables import (
    ComparatorVariable,
    CompareKeyVariable,
    PartialVariable,
    WeakReferenceVariable,
)
from .classes import ClassVariable, MadeVariable
from .collections import DefaultDictVariable, DequeVariable
from .containers import DictVariable, LazyVariable, SequenceVariable, SetVariable, SliceVariable
from .exceptions import ExceptionVariable, TracebackVariable
from .functions import (
    CellVariable,
    FunctionDictVariable,
    FunctionVariable,
    MethodVariable,
    SuperVariable,
)
from .instances import InstanceVariable
from .iterators import GeneratorVariable, IteratorVariable, ViewVariable
from .numbers import NumberVariable
from .plain import (
    CallResultVariable,
    CaughtVariable,
    ConstantVariable,
    FreshVariable,
    NullVariable,
    ObjectVariable,
    RandomVariable,
    UnreadVariable,
)
from .tensors import TensorAttributeVariable, TensorVariable

__all__ = [
    "AddressVariable",
    "CallResultVariable",
    "CaughtVariable",
    "CellVariable",
    "ClassVariable",
    "ComparatorVariable",
    "CompareKeyVariable",
    "ConstantVariable",
    "DefaultDictVariable",
    "DequeVariable",
    "DictVariable",
    "ExceptionVariable",
    "FreshVariable",
    "FunctionDictVariable",
    "FunctionVariable",
    "GeneratorVariable",
    "InstanceVariable",
    "IteratorVariable",
    "LazyVariable",
    "MadeVariable",
    "MethodVariable",
    "NotConstant",
    "NullVariable",
    "NumberVariable",
    "ObjectVariable",
    "PartialVariable",
    "RandomVariable",
    "SequenceVariable",
    "SetVariable",
    "SliceVariable",
    "SuperVariable",
    "TensorAttributeVariable",
    "TensorVariable",
    "ThreadVariable",
    "TracebackVariable",
    "UnreadVariable",
    "Variable",
    "ViewVariable",
    "WeakReferenceVariable",
]
