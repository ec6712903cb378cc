"""Assembly to machine code, by llvmlite.

llvmlite 0.41 and 0.43 (Python 3.8 and 3.9) have LLVM 14 with the old pass manager and typed
pointers; 0.44 and later a pass builder, and pointers without element types. What is there is
asked for, not the version.
"""

from __future__ import annotations

import ctypes
import threading
from typing import Any, Dict, List, Sequence, Tuple

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
        engine: keeps the code in memory.
        address: where it begins.
        nest: what it was made of.
    """

    __slots__ = ("__weakref__", "_engine", "holding", "nest", "releasing")

    def __init__(self, engine: Any, address: int, nest: LoopNest) -> None:
        self._engine = engine
        self.nest = nest
        types: List[Any] = [ctypes.c_int64] * nest.sizes.count(None)
        types += [ctypes.c_void_p] * (len(nest.inputs) + len(nest.outputs))
        result = ctypes.c_int32 if nest.watched else None
        #: Called with sizes and addresses; with the GIL, for what takes less than a switch.
        self.holding: Any = ctypes.PYFUNCTYPE(result, *types)(address)
        #: The same without the GIL.
        self.releasing: Any = ctypes.CFUNCTYPE(result, *types)(address)


class Engine:
    """Compiles kernels for this processor; equal ones once."""

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
        self._kernels: Dict[Tuple[Any, ...], Kernel] = {}
        target = llvm.Target.from_default_triple()
        self._target = target
        self._features = llvm.get_host_cpu_features().flatten()
        # LLVM 15 made pointers opaque (its release notes).
        self.opaque = llvm.llvm_version_info[0] >= 15

    def _machine(self) -> Any:
        return self._target.create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=self._features, opt=3, reloc="default"
        )

    def compile(self, nest: LoopNest) -> Kernel:
        """The kernel that does what ``nest`` says; takes 50 to 300 ms for a new one."""
        assembly = write_kernel(nest, _NAME, self.opaque)
        key = (nest.sizes.count(None), assembly)
        with self._lock:
            found = self._kernels.get(key)
            if found is None:
                machine = self._machine()
                module = self._optimised(assembly, machine)
                engine = llvm.create_mcjit_compiler(module, machine)
                engine.finalize_object()
                address = engine.get_function_address(_NAME)
                found = self._kernels[key] = Kernel(engine, address, nest)
        return found

    def _optimised(self, assembly: str, machine: Any) -> Any:
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
