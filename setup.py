"""The C extension; everything else is in pyproject.toml.

On a newer CPython than the C code knows, paddlefx installs without it: reading and writing code
objects works, ``paddlefx.optimize`` says what it needs.

Environment:
    PADDLEFX_WERROR: ``1`` turns the compiler's warnings into errors.
    PADDLEFX_SANITIZE: ``1`` builds with AddressSanitizer and UndefinedBehaviorSanitizer; the
        interpreter then needs ``libasan.so`` in ``LD_PRELOAD``.
"""

from __future__ import annotations

import glob
import os
import sys

from setuptools import Extension, setup

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from paddlefx.errors import UnsupportedPythonError
from paddlefx.opcodes import require_compiler

flags = ["-std=c11", "-O3", "-fvisibility=hidden", "-Wall", "-Wextra"]
if os.environ.get("PADDLEFX_WERROR") == "1":
    flags.append("-Werror")
link = []
if os.environ.get("PADDLEFX_SANITIZE") == "1":
    link = ["-fsanitize=address,undefined"]
    flags += [*link, "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-g", "-O1"]

extension = Extension(
    "paddlefx._C",
    sources=sorted(glob.glob("csrc/*.c")),
    depends=sorted(glob.glob("csrc/*.h")),
    extra_compile_args=flags,
    extra_link_args=link,
    libraries=["dl"],
)
try:
    require_compiler()
    extensions = [extension]
except UnsupportedPythonError:
    extensions = []
setup(ext_modules=extensions)
