"""Assembly to machine code, by llvmlite.

llvmlite 0.41 and 0.43 (Python 3.8 and 3.9) have LLVM 14 with the old pass manager and typed
pointers; 0.44 and later a pass builder, and pointers without element types. What is there is
asked for, not the version.
"""

from __future__ import annotations

import ctypes
import itertools
import threading
import weakref
from typing import Any, List, Sequence, Tuple

import llvmlite
import llvmlite.binding as llvm

from ..loop_nests.nest import LoopNest
from .loops import write_kernel

__all__ = ["Engine", "Kernel", "version"]

_NAME = "kernel"


def version() -> str:
    """Which llvmlite and LLVM this is."""
    return f"llvmlite {llvmlite.__version__}, LLVM {'.'.join(map(str, llvm.llvm_version_info))}"


class Kernel:
    """Machine code.

    Args:
        library: has the code in memory as long as it's kept, which the functions do.
        nest: what it was made of.
    """

    __slots__ = ("__weakref__", "holding", "nest", "releasing")

    def __init__(self, library: Any, nest: LoopNest) -> None:
        address = library[_NAME]
        self.nest = nest
        types: List[Any] = [ctypes.c_int64] * nest.sizes.count(None)
        types += [ctypes.c_void_p] * (len(nest.inputs) + len(nest.outputs))
        result = ctypes.c_int32 if nest.watched else None
        #: Called with sizes and addresses; with the GIL, for what takes less than a switch.
        self.holding: Any = ctypes.PYFUNCTYPE(result, *types)(address)
        #: The same without the GIL.
        self.releasing: Any = ctypes.CFUNCTYPE(result, *types)(address)
        self.holding.library = self.releasing.library = library


class Engine:
    """Compiles kernels for this processor; equal ones once, while one of them is in use.

    They are linked by LLVM's ORC, not by MCJIT, of which 0.4 to 0.8 MB a kernel stay when its
    engine goes.
    """

    def __init__(self) -> None:
        initialise = getattr(llvm, "initialize", None)
        if initialise is not None:
            try:
                initialise()
            except RuntimeError:  # Later llvmlites do that on import, and say so here.
                pass
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self._lock = threading.Lock()
        self._kernels: weakref.WeakValueDictionary[Tuple[Any, ...], Kernel] = (
            weakref.WeakValueDictionary()
        )
        self._machine = _machine()
        self._linker = llvm.create_lljit_compiler(_machine())
        self._numbers = itertools.count()
        # LLVM 15 made pointers opaque (its release notes).
        self.opaque = llvm.llvm_version_info[0] >= 15

    def compile(self, nest: LoopNest) -> Kernel:
        """The kernel that does what ``nest`` says; takes 15 to 300 ms for a new one."""
        assembly = write_kernel(nest, _NAME, self.opaque)
        key = (nest.sizes.count(None), assembly)
        with self._lock:
            found = self._kernels.get(key)
            if found is None:
                code = self._machine.emit_object(self._optimised(assembly))
                library = llvm.JITLibraryBuilder().add_object_img(code).export_symbol(_NAME)
                library.add_current_process()  # has memset, which LLVM makes of loops
                linked = library.link(self._linker, f"{_NAME}{next(self._numbers)}")
                found = self._kernels[key] = Kernel(linked, nest)
        return found

    def _optimised(self, assembly: str) -> Any:
        machine = self._machine
        module = llvm.parse_assembly(assembly)
        module.triple = machine.triple
        module.data_layout = str(machine.target_data)
        module.verify()
        if hasattr(llvm, "create_pass_builder"):
            options = llvm.create_pipeline_tuning_options(speed_level=3)
            options.loop_vectorization = True
            options.loop_interleaving = True
            options.slp_vectorization = False
            builder = llvm.create_pass_builder(machine, options)
            builder.getModulePassManager().run(module, builder)
            return module
        builder = llvm.create_pass_manager_builder()
        builder.opt_level = 3
        builder.loop_vectorize = True
        builder.slp_vectorize = False
        for function in module.functions:
            if not function.is_declaration:
                functions = llvm.create_function_pass_manager(module)
                machine.add_analysis_passes(functions)
                builder.populate(functions)
                functions.initialize()
                functions.run(function)
                functions.finalize()
        modules = llvm.create_module_pass_manager()
        machine.add_analysis_passes(modules)
        builder.populate(modules)
        modules.run(module)
        return module


def _machine() -> Any:
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="default",
    )


_engine: List[Engine] = []
_lock = threading.Lock()


def _shared() -> Engine:
    with _lock:
        if not _engine:
            _engine.append(Engine())
        return _engine[0]


def compile_nest(nest: LoopNest) -> Kernel:
    """By the process's one :class:`Engine`."""
    return _shared().compile(nest)


def addresses(arrays: Sequence[Any]) -> List[int]:
    """The addresses of NumPy arrays."""
    return [array.ctypes.data for array in arrays]
