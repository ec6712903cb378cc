"""A Triton kernel compiled for a GPU that needn't be here."""

from __future__ import annotations

import linecache
from typing import Any, Dict

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

from ...errors import CompileError
from .source import Source

__all__ = ["compiled_for", "target_of"]

_WARPS = {"cuda": 32, "hip": 64}


def target_of(name: str) -> Any:
    """Triton's target of a name: ``"cuda:90"``, ``"hip:gfx942"``.

    Raises:
        ValueError: no such kind of GPU.
    """
    kind, _, architecture = name.partition(":")
    if kind not in _WARPS or not architecture:
        raise ValueError(f"a target is 'cuda:90' or 'hip:gfx942', not {name!r}")
    number = int(architecture) if architecture.isdigit() else architecture
    return GPUTarget(kind, number, _WARPS[kind])


def compiled_for(source: Source, target: Any) -> Dict[str, Any]:
    """A kernel's stages, by their names in Triton: ``ttir``, ``llir``, and ``ptx`` or ``amdgcn``.

    Multiplications and additions aren't made one: that would round once and not twice.

    Raises:
        CompileError: Triton refuses the kernel.
    """
    name = f"<triton kernel {hash(source.text):x}>"
    linecache.cache[name] = (len(source.text), None, source.text.splitlines(True), name)
    scope: Dict[str, Any] = {"tl": tl}
    exec(compile(source.text, name, "exec", 0, True), scope)
    given = ASTSource(
        fn=JITFunction(scope["kernel"]),
        signature=source.signature,
        constexprs={(list(source.signature).index("BLOCK"),): source.block},
    )
    try:
        compiled = triton.compile(given, target=target, options={"enable_fp_fusion": False})
    except Exception as error:
        raise CompileError(f"Triton refuses a kernel: {error}") from error
    return dict(compiled.asm)
