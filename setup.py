"""The C extension; everything else is in pyproject.toml.

Environment:
    PADDLEFX_WERROR: ``1`` turns the compiler's warnings into errors.
"""

from __future__ import annotations

import glob
import os

from setuptools import Extension, setup

flags = ["-std=c11", "-O3", "-fvisibility=hidden", "-Wall", "-Wextra"]
if os.environ.get("PADDLEFX_WERROR") == "1":
    flags.append("-Werror")

setup(
    ext_modules=[
        Extension(
            "paddlefx._C",
            sources=sorted(glob.glob("csrc/*.c")),
            depends=sorted(glob.glob("csrc/*.h")),
            extra_compile_args=flags,
        )
    ]
)
