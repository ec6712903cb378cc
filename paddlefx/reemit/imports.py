"""Every module that is imported, with re-emitted code: ``with ReemitHook(): import …``."""

from __future__ import annotations

import builtins
import importlib.machinery
import sys
import zipimport
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

from .. import _C
from ..errors import ReemitError
from . import Reemitter
from .functions import reemit_loaded

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ReemitHook"]

_SOURCE_LOADER = next(
    base for base in importlib.machinery.SourceFileLoader.__mro__ if "get_code" in vars(base)
)
#: Who compiles for .pyc files, which hold the compiler's code.
_IMPORTLIB = ("importlib._bootstrap", "importlib._bootstrap_external", "zipimport")


class ReemitHook:
    """While installed, imported modules are compiled as ever, emitted again, and executed.

    It stands behind ``get_code`` of importlib's loaders: source files, .pyc files, zip archives,
    frozen modules. So ``runpy`` and ``python -m`` see the same code, and finders, loaders, specs
    and .pyc files are what they are without it. A module without Python code (builtin, an
    extension) is imported as ever, and so is one whose loader is none of importlib's.

    ``install()`` and ``uninstall()``, or a ``with`` statement; one hook at a time.

    Args:
        wanted: says of which modules, by name; ``None``: all. Modules of paddlefx are left
            alone: decode can't be waited for by decode.
        builtin: also what ``compile``, ``exec`` and ``eval`` make of source text; the three
            builtins are replaced while the hook is installed.

    Attributes:
        again: the :class:`~paddlefx.reemit.Reemitter`; ``again.codes`` counts code objects.
        modules: the names of the modules whose code was made again, in order.
        failures: every :class:`~paddlefx.errors.ReemitError` so far, if it was caught or not.
    """

    def __init__(
        self, wanted: Optional[Callable[[str], bool]] = None, *, builtin: bool = False
    ) -> None:
        self.again = Reemitter()
        self.modules: List[str] = []
        self.failures: List[ReemitError] = []
        self._wanted = wanted
        self._builtin = builtin
        self._replaced: List[Tuple[Any, str, Any]] = []
        self._stand_ins: Tuple[Callable[..., Any], ...] = ()

    def wanted(self, module: str) -> bool:
        """Whether code of this module is emitted again."""
        if module.partition(".")[0] == "paddlefx":
            return False
        return self._wanted is None or self._wanted(module)

    def install(self) -> Self:
        """Start. Modules that are loaded stay as they are, see :meth:`reemit_loaded`.

        Raises:
            RuntimeError: a hook is installed already.
        """
        if hasattr(vars(_SOURCE_LOADER)["get_code"], "reemits"):
            raise RuntimeError("a ReemitHook is installed already")
        for owner in (_SOURCE_LOADER, importlib.machinery.SourcelessFileLoader):
            self._replace(owner, "get_code", self._get_code(vars(owner)["get_code"]))
        zipped = vars(zipimport)["_get_module_code"]
        self._replace(zipimport, "_get_module_code", self._get_zipped_code(zipped))
        frozen: Any = importlib.machinery.FrozenImporter
        executing = staticmethod(self._exec_frozen(frozen.exec_module))
        self._replace(frozen, "exec_module", executing)
        if self._builtin:
            # Kept: a sub-interpreter's start writes the originals back into the module.
            self._stand_ins = _C.transforming_builtins(self._transform_compiled)
            for made in self._stand_ins:
                self._replace(builtins, made.__name__, made)
        return self

    def uninstall(self) -> None:
        """Stop; what was imported keeps its code."""
        while self._replaced:
            setattr(*self._replaced.pop())

    def __enter__(self) -> Self:
        return self.install()

    def __exit__(self, *error: object) -> None:
        self.uninstall()

    def reemit_loaded(self) -> int:
        """Also give the functions that are there new code, in place; how many that were.

        Raises:
            ReemitError: a fault in decode or emit.
        """
        return reemit_loaded(self.wanted, self.again)

    def transform(self, code: CodeType, module: str) -> CodeType:
        """Code of a module made again, if the module is wanted.

        Raises:
            ReemitError: a fault in decode or emit; it names the module and the code object.
        """
        if not self.wanted(module):
            return code
        try:
            return self.again(code, module)
        except ReemitError as error:
            self.failures.append(error)
            raise

    def _transform_compiled(self, code: CodeType) -> CodeType:
        """What one of the builtins compiled, for the frame that called it."""
        module = str(sys._getframe(1).f_globals.get("__name__"))
        return code if module in _IMPORTLIB else self.transform(code, module)

    def _loaded(self, code: CodeType, module: str) -> CodeType:
        made = self.transform(code, module)
        if made is not code and module not in self.modules:
            self.modules.append(module)
        return made

    def _untraced(self) -> Callable[[CodeType, str], CodeType]:
        return partial(_C.call_untraced, self._loaded)

    def _replace(self, owner: Any, name: str, value: Any) -> None:
        self._replaced.append((owner, name, vars(owner)[name]))
        setattr(owner, name, value)

    def _get_code(self, original: FunctionType) -> FunctionType:
        loaded = self._untraced()

        def get_code(self: Any, fullname: str) -> Optional[CodeType]:
            code = original(self, fullname)
            return code if code is None else loaded(code, fullname)

        return _as_part_of(original, get_code)

    def _get_zipped_code(self, original: FunctionType) -> FunctionType:
        loaded = self._untraced()

        def _get_module_code(self: Any, fullname: str) -> Tuple[Any, ...]:
            code, *rest = original(self, fullname)
            return (loaded(code, fullname), *rest)

        return _as_part_of(original, _get_module_code)

    def _exec_frozen(self, original: FunctionType) -> FunctionType:
        loaded = self._untraced()
        get_code: Any = importlib.machinery.FrozenImporter.get_code

        def exec_module(module: ModuleType) -> None:
            assert module.__spec__ is not None
            name = module.__spec__.name
            exec(loaded(get_code(name), name), module.__dict__)

        return _as_part_of(original, exec_module)


def _as_part_of(original: FunctionType, function: Callable[..., Any]) -> FunctionType:
    """The function, as if it stood in the original's module and file.

    The import system takes the frames of its own files out of the tracebacks of ImportError and
    SyntaxError (Python/import.c, remove_importlib_frames), and debuggers skip its modules by
    name.
    """
    assert isinstance(function, FunctionType)
    made = FunctionType(
        function.__code__.replace(co_filename=original.__code__.co_filename),
        original.__globals__,
        function.__name__,
        None,
        function.__closure__,
    )
    made.__dict__["reemits"] = True
    return made
