"""How numba is loaded: without SciPy's linear algebra for ourselves, and with all of it for the user's custom features."""

from __future__ import annotations

import subprocess
import sys

import pytest

PRODUCT = """
import sys
{first}
loaded = "scipy.linalg" in sys.modules
import numba, numpy as np
from numba.np import arraymath
product = numba.njit(lambda a, b: np.dot(a, b))
a = np.arange(9.0).reshape(3, 3)
assert (product(a, a) == a @ a).all()
print(loaded, arraymath._HAVE_BLAS, "scipy.linalg" in sys.modules)
"""


@pytest.mark.parametrize(
    ("first", "loaded"),
    [
        ("import alpha_bench.kernels.cross, alpha_bench.fitting.normal_equations", False),
        ("import numba.np.arraymath", True),
    ],
)
def test_a_function_of_the_users_own_has_blas_after_our_kernels_were_loaded_without(first, loaded):
    done = subprocess.run(
        [sys.executable, "-c", PRODUCT.format(first=first)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, [str(loaded), "True", "True"]), done.stderr
