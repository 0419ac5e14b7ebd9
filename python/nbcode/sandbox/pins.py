"""The conditions of bit-identity: set in the environment before anything starts, asserted after everything ran."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbcode.primitives import Diagnostic

# The x86-64 psABI's levels, by the flags that Linux shows; each level has those of the ones before.
_LEVELS = (
    ("v2", {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}),
    ("v3", {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}),
    ("v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
)
# numpy's names of what lies beyond a level. What it takes decides last bits, and in which order equal values are sorted.
_BEYOND_V4 = "AVX512_ICL AVX512_SPR AVX512_CLX AVX512_CNL"
_BEYOND_V3 = f"X86_V4 {_BEYOND_V4} AVX512F AVX512CD AVX512_SKX"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_KERNELS = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")
LAST_BITS = 1e-6
"""How far figures may be apart, relatively, by what the pins change of last bits: a solver that stops at a tolerance makes them larger."""
WHY_LAST_BITS = (
    "a clean run computes on one thread, and with the processor's level of numpy and BLAS: that changes last bits,"
    " and a solver that stops at a tolerance makes them larger"
)
_CORES = {"nehalem": "Nehalem", "haswell": "Haswell", "zen": "Zen", "skylakex": "SkylakeX"}


def cpu_level(flags: frozenset[str]) -> str:
    """``_v2`` to ``_v4`` by the flags a CPU has; empty for the base level and for other architectures."""
    level = ""
    for name, needed in _LEVELS:
        if not needed <= flags:
            break
        level = f"_{name}"
    return level


def core_type(machine: str, flags: frozenset[str], chosen: str = "") -> str:
    """The OpenBLAS kernel set of a run: ``chosen`` by the user for his own processes where the processor can run it, else what
    OpenBLAS itself takes on the processor's level; empty where there is none to choose."""
    if machine in ("x86_64", "AMD64"):
        level = cpu_level(flags)
        can = ["Nehalem"]
        if level in ("_v3", "_v4") or {"avx2", "fma"} <= flags:
            can += ["Zen", "Haswell"]
        if level == "_v4":
            can.append("SkylakeX")
        own = _CORES.get(chosen.lower(), "")
        return own if own in can else can[-1]
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


def pinned_environment(core: str = "") -> tuple[tuple[str, str], ...]:
    """The whole environment of a run but for its paths: name and value, sorted.

    numpy and OpenBLAS take what they take in a kernel on this level of processor, which is part of the platform key: a result
    that hangs on last bits (a solver that stops at a tolerance) is then the kernel's. ``core`` is the OpenBLAS kernel set that
    the user chose for his own processes, empty for none.
    """
    machine, flags = platform.machine(), cpu_flags()
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
    if taken := core_type(machine, flags, core):
        found["OPENBLAS_CORETYPE"] = taken
    if machine in ("x86_64", "AMD64"):
        found["NPY_DISABLE_CPU_FEATURES"] = _BEYOND_V4 if cpu_level(flags) == "_v4" else _BEYOND_V3
    return tuple(sorted(found.items()))


def unlike_a_run(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The pins that decide last bits and that ``environment`` has not: those of threads, and where it has these, those of kernels."""
    pins = dict(pinned_environment(environment.get("OPENBLAS_CORETYPE", "")))
    for names in (_THREADS, _KERNELS):
        found = tuple((n, pins[n]) for n in names if n in pins and environment.get(n) != pins[n])
        if found:
            return found
    return ()


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
