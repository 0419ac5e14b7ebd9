"""What a run is pinned to: what numpy and OpenBLAS take in a kernel on the same level of processor, and nothing beyond it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nbcode.environment import platform_key
from nbcode.sandbox import pinned_environment
from nbcode.sandbox.pins import core_type, cpu_flags, cpu_level

V2 = "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"
V3 = f"{V2} avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"
V4 = f"{V3} avx512f avx512bw avx512cd avx512dq avx512vl"
# Last bits, and the order of equal values: what two sets of kernels differ in.
BITS = """
import hashlib, numpy as np
draw = np.random.default_rng(0)
x, ties = draw.uniform(0.1, 9, 20_000), draw.integers(0, 500, 20_000)
kept = [np.exp(x), np.log(x), np.sin(x), x ** 0.3, np.argsort(ties), np.argsort(ties.astype(float)), np.sort(x)]
print(hashlib.sha256(b"".join(one.tobytes() for one in kept)).hexdigest())
"""


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        ("", ""),
        ("cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3", "_v2"),
        ("avx avx2 bmi1 bmi2 f16c fma abm movbe xsave", ""),
        ("cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave", "_v3"),
    ],
)
def test_a_cpu_level_needs_all_before_it(flags: str, level: str) -> None:
    assert cpu_level(frozenset(flags.split())) == level


def test_the_level_that_is_pinned_to_is_the_platform_keys() -> None:
    level = cpu_level(cpu_flags())
    assert level in platform_key()
    pinned = dict(pinned_environment()).get("NPY_DISABLE_CPU_FEATURES", "")
    assert ("X86_V4" in pinned.split()) == (level != "_v4" and bool(pinned))


@pytest.mark.parametrize(
    ("flags", "chosen", "core"),
    [
        (V4, "", "SkylakeX"),
        (V4, "Haswell", "Haswell"),
        (V4, "haswell", "Haswell"),
        (V4, "Core2Duo", "SkylakeX"),
        (V3, "", "Haswell"),
        (V3, "SkylakeX", "Haswell"),
        (V3, "Zen", "Zen"),
        ("avx2 fma avx512f", "", "Haswell"),
        ("sse4_2", "", "Nehalem"),
        ("sse4_2", "Haswell", "Nehalem"),
    ],
)
def test_the_blas_kernel_is_the_users_own_where_the_processor_can_run_it(
    flags: str, chosen: str, core: str
) -> None:
    assert core_type("x86_64", frozenset(flags.split()), chosen) == core


def test_other_architectures_have_their_own_blas_kernels() -> None:
    assert core_type("aarch64", frozenset()) == "ARMV8"
    assert core_type("arm64", frozenset()) == ""


def bits(changes: dict[str, str]) -> str:
    told = subprocess.run(
        [sys.executable, "-c", BITS], env=os.environ | changes, capture_output=True, text=True, check=True
    )
    return told.stdout


def test_a_run_computes_what_a_kernel_computes_here() -> None:
    assert bits(dict(pinned_environment())) == bits({})


@pytest.mark.skipif(cpu_level(cpu_flags()) != "_v4", reason="the processor has no AVX-512")
def test_kernels_of_a_lower_level_give_other_bits() -> None:
    assert bits({"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_SKX"}) != bits({})
