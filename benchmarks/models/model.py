"""What a model of the registry is: where its constructor is, and what it is called with."""

from __future__ import annotations

import importlib
import os
import sys
import types
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

__all__ = ["Call", "Floats", "Integers", "Model", "call_of", "import_package", "layer_of", "locate"]

#: Positional and keyword arguments of one call.
Call = Tuple[Tuple[Any, ...], Dict[str, Any]]


@dataclass(frozen=True)
class Floats:
    """A float32 tensor of standard normal values (``positive``: of their magnitudes)."""

    shape: Tuple[int, ...]
    positive: bool = False

    def make(self) -> Any:
        """The tensor, from Paddle's generator."""
        import paddle

        made = paddle.randn(list(self.shape))
        return made.abs() if self.positive else made


@dataclass(frozen=True)
class Integers:
    """An int64 tensor of values in ``[low, high)``."""

    shape: Tuple[int, ...]
    high: int
    low: int = 0

    def make(self) -> Any:
        """The tensor, from Paddle's generator."""
        import paddle

        return paddle.randint(self.low, self.high, list(self.shape), dtype="int64")


@dataclass(frozen=True)
class Model:
    """One model.

    Args:
        package: the distribution on PyPI.
        field: what the package is for.
        name: of the model, unique in its package.
        target: ``module:attribute`` of the constructor.
        args: positional arguments of the constructor.
        kwargs: keyword arguments of the constructor.
        inputs: of a call; a :class:`Floats` or :class:`Integers` becomes a tensor, also inside
            lists and dicts; anything else is given as it is.
        named: keyword inputs.
        build: makes the model in place of ``target``.
        call: makes the inputs in place of ``inputs`` and ``named``.
        imports: the module that ``build`` uses.
        folder: a folder of site-packages to import from, for a package that holds another.
        bare: packages whose ``__init__`` isn't run, as it imports what isn't there.
        training: three steps with an optimiser are measured, not an eval call.
    """

    package: str
    field: str
    name: str
    target: str = ""
    args: Tuple[Any, ...] = ()
    kwargs: Dict[str, Any] = field(default_factory=dict)
    inputs: Tuple[Any, ...] = ()
    named: Dict[str, Any] = field(default_factory=dict)
    build: Optional[Callable[[], Any]] = None
    call: Optional[Callable[[], Call]] = None
    imports: str = ""
    folder: str = ""
    bare: Sequence[str] = ()
    training: bool = False

    @property
    def key(self) -> str:
        """Its name among all models."""
        return f"{self.package}/{self.name}" + (" training" if self.training else "")


def locate(target: str) -> Any:
    """The object at ``module:attribute``."""
    module, _, path = target.partition(":")
    found = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _without_init(name: str) -> None:
    """Make a package importable piece by piece, its ``__init__`` left out."""
    parent, _, last = name.rpartition(".")
    places: List[str] = list(sys.modules[parent].__path__) if parent else sys.path
    for place in places:
        path = os.path.join(place, last)
        if os.path.isdir(path):
            module = types.ModuleType(name)
            module.__path__ = [path]
            sys.modules[name] = module
            return
    raise ModuleNotFoundError(name)


def _tensors(value: Any) -> Any:
    if isinstance(value, (Floats, Integers)):
        return value.make()
    if isinstance(value, (list, tuple)):
        return type(value)(_tensors(item) for item in value)
    if isinstance(value, dict):
        return {key: _tensors(item) for key, item in value.items()}
    return value


def import_package(model: Model) -> None:
    """Import what the model is built from."""
    if model.folder:
        site = next(path for path in sys.path if path.endswith("site-packages"))
        path = os.path.join(site, model.folder)
        if path not in sys.path:
            sys.path.insert(0, path)
    for name in model.bare:
        if name not in sys.modules:
            _without_init(name)
    module = model.imports or model.target.partition(":")[0]
    if module:
        importlib.import_module(module)


def layer_of(model: Model) -> Any:
    """A new instance of the model."""
    import_package(model)
    return model.build() if model.build else locate(model.target)(*model.args, **model.kwargs)


def call_of(model: Model) -> Call:
    """The arguments to call it with."""
    if model.call is not None:
        return model.call()
    return _tensors(model.inputs), _tensors(model.named)
