"""Kernels go with the functions that call them, and are one while one of these is there."""

import gc
import weakref

import paddle
from llvmlite import binding

import paddlefx
from paddlefx.compiler.llvm import compiler
from tests.support.interpreter import resident_bytes

#: Kernels a measurement.
NUMBER = 60


def function_of(number):
    def function(x):
        return (x * (number + 0.5) + x).exp() * x

    return paddlefx.optimize(function, backend="llvm", full_graph=True)


def called(numbers):
    x = paddle.rand([8, 8])
    with paddle.no_grad():
        functions = [function_of(number) for number in numbers]
        for function in functions:
            function(x)
    return functions


def test_what_kernels_took_is_given_back():
    called(range(10))
    gc.collect()
    before = resident_bytes()
    called(range(10, 10 + NUMBER))
    gc.collect()
    # LLVM's own constants stay, and what llvmlite's pass builder doesn't free: a tenth of a MB each
    assert resident_bytes() - before < NUMBER * (200 << 10), binding.llvm_version_info


def test_equal_kernels_are_one_as_long_as_one_is_used(monkeypatch):
    made = []

    def compile_nest(nest):
        kernel = whole(nest)
        made.append(weakref.ref(kernel))
        return kernel

    whole = compiler.compile_nest
    monkeypatch.setattr(compiler, "compile_nest", compile_nest)
    first = called([1000])
    second = called([1000])
    one, other = made
    assert one() is other() is not None
    del first
    gc.collect()
    assert other() is not None
    del second
    gc.collect()
    assert other() is None
