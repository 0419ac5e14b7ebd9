"""The conditions of bit-identity: set in the environment before anything starts, asserted after everything ran."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbcode.primitives import Diagnostic

# From AVX-512 upwards numpy takes other kernels with other last bits; everything up to AVX2 is the portable ground.
_BEYOND_AVX2 = "X86_V4 AVX512_ICL AVX512_SPR AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL"


def core_type(machine: str, flags: frozenset[str]) -> str:
    """The OpenBLAS kernel set that every machine of this kind can run; empty where there is none to choose."""
    if machine in ("x86_64", "AMD64"):
        return "Haswell" if {"avx2", "fma"} <= flags else "Nehalem"
    return "ARMV8" if machine == "aarch64" else ""


def cpu_flags() -> frozenset[str]:
    """The processor's flags where the system tells them in ``/proc/cpuinfo``."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("flags"):
                return frozenset(line.partition(":")[2].split())
    except OSError:
        pass
    return frozenset()


def pinned_environment() -> tuple[tuple[str, str], ...]:
    """The whole environment of a run but for its paths: name and value, sorted."""
    machine = platform.machine()
    threads = ("OPENBLAS", "OMP", "MKL", "BLIS", "NUMEXPR")
    found = {f"{name}_NUM_THREADS": "1" for name in threads} | {
        "VECLIB_MAXIMUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        # joblib looks for semaphores when it is imported, and warns where the sandbox has none: one answer on every isolation level.
        "JOBLIB_MULTIPROCESSING": "0",
    }
    core = core_type(machine, cpu_flags())
    if core:
        found["OPENBLAS_CORETYPE"] = core
    if machine in ("x86_64", "AMD64"):
        found["NPY_DISABLE_CPU_FEATURES"] = _BEYOND_AVX2
    return tuple(sorted(found.items()))


def pin_problems(
    libraries: Iterable[Mapping[str, object]], *, expected_core: str, hash_randomised: bool
) -> tuple[Diagnostic, ...]:
    """NBC-G09 for each pin that is not effective. ``libraries`` is what threadpoolctl found loaded."""
    found = []
    for library in libraries:
        name = str(library.get("internal_api"))
        threads = library.get("num_threads")
        if name != "omp_of_numba" and threads != 1 and library.get("user_api") in ("blas", "openmp"):
            found.append(_g09(f"{name} runs {threads} threads, expected 1"))
        core = str(library.get("architecture") or "")
        if name == "openblas" and expected_core and core.lower() != expected_core.lower():
            found.append(_g09(f"OpenBLAS runs {core}, expected {expected_core}"))
    if hash_randomised:
        found.append(_g09("PYTHONHASHSEED is not in effect"))
    return tuple(found)


def _g09(message: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-G09",
        message=message,
        cause="A pin that is not effective would make two builds of one spec differ in the last bits",
        fixes=("do not change threads or BLAS kernels in a cell",),
    )
