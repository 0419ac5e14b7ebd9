"""The window to llvmlite: eight float64 as one value inside compiled code, and columns reached by address.

The compiler never vectorises a sum by itself, because that would change its order. Here the order is said: lane ``l`` sums every
eighth value, each step is one fused multiply-add (rounded once), and :func:`lanes_sum` adds the lanes in pairs. So the bits are
the same on every machine, however wide its registers are.

All of it is for use inside ``njit`` functions only: ``lanes_zero() -> L``, ``lanes_of(x) -> L``, ``lanes_load(array, index) -> L``,
``lanes_fma(L, L, L) -> L`` (a * b + c), ``lanes_sum(L) -> float``, and ``column_at(address) -> pointer``
(for ``carray``).
"""

# numba hands each of these functions the types of its arguments, wanted or not, and its decorators have no types themselves.
# ruff: noqa: ARG001
# mypy: disable-error-code="untyped-decorator, misc, no-untyped-call"

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir

from alpha_bench.runtime._numba import cgutils, intrinsic, models, register_model, types

_VECTOR = ir.VectorType(ir.DoubleType(), 8)


class LanesType(types.Type):
    """numba's name for eight float64."""

    def __init__(self) -> None:
        super().__init__(name="Lanes8xFloat64")


LANES: Any = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def host_processor() -> str:
    """The processor's name and what it can do, as LLVM finds them out (by the processor's own instruction; no file is read)."""
    features = binding.get_host_cpu_features()
    return (
        f"{binding.get_host_cpu_name()}|{','.join(sorted(name for name, there in features.items() if there))}"
    )


@intrinsic
def lanes_zero(_context: Any) -> Any:
    def code(_context: Any, _builder: Any, _signature: Any, _args: Any) -> Any:
        return ir.Constant(_VECTOR, [0.0] * 8)

    return LANES(), code


@intrinsic
def lanes_of(_context: Any, x: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        one = builder.insert_element(
            ir.Constant(_VECTOR, ir.Undefined), args[0], ir.Constant(ir.IntType(32), 0)
        )
        mask = ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8)
        return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)

    return LANES(types.float64), code


@intrinsic
def lanes_load(_context: Any, array: Any, index: Any) -> Any:
    """``array[index:index+8]`` of a flat C-contiguous float64 array; the caller keeps to its length."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.gep(made.data, [args[1]])
        loaded = builder.load(builder.bitcast(place, _VECTOR.as_pointer()))
        loaded.align = 8
        return loaded

    return LANES(array, types.intp), code


@intrinsic
def lanes_fma(_context: Any, a: Any, b: Any, c: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_VECTOR, [_VECTOR] * 3), "llvm.fma.v8f64"
        )
        return builder.call(fma, args)

    return LANES(LANES, LANES, LANES), code


@intrinsic
def lanes_sum(_context: Any, a: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        parts = [builder.extract_element(args[0], ir.Constant(ir.IntType(32), i)) for i in range(8)]
        while len(parts) > 1:
            half = len(parts) // 2
            parts = [builder.fadd(parts[i], parts[i + half]) for i in range(half)]
        return parts[0]

    return types.float64(LANES), code


@intrinsic
def column_at(_context: Any, address: Any) -> Any:
    """A pointer to the float64 at ``address`` (``array.ctypes.data``); whoever calls keeps the array alive."""

    def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], ir.DoubleType().as_pointer())

    return types.CPointer(types.float64)(types.int64), code


@intrinsic
def prefetch(_context: Any, address: Any) -> Any:
    """Ask for the cache line at ``address`` before it is read; it changes no value, and any address may be named."""

    def code(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        ask = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [pointer, word, word, word]), "llvm.prefetch.p0"
        )
        how = [
            ir.Constant(word, number) for number in (0, 2, 1)
        ]  # to read; into the second-level cache; data
        builder.call(ask, [builder.inttoptr(args[0], pointer), *how])
        return ir.Constant(ir.IntType(64), 0)

    return types.int64(types.int64), code
