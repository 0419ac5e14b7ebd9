"""numba is loaded without SciPy's linear algebra, and nobody else sees anything of it."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from alpha_bench.runtime._numba import _NotForUs

CODE = """
import sys
finders = list(sys.meta_path)
import alpha_bench.runtime._numba
assert "scipy.linalg" not in sys.modules
assert sys.meta_path == finders
import numba, numpy as np, scipy.linalg
print(numba.njit(lambda a, b: np.dot(a, b))(np.eye(2), np.eye(2)).sum())
"""


def test_numba_comes_without_linear_algebra_and_finds_it_when_it_is_asked() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("2.0\n", 0), done.stderr


def test_only_the_thread_that_loads_numba_does_not_find_it() -> None:
    finder, found = _NotForUs(), []
    another = threading.Thread(target=lambda: found.append(finder.find_spec("scipy.linalg")))
    another.start()
    another.join()
    assert found == [None]
    assert finder.find_spec("scipy") is None
    with pytest.raises(ModuleNotFoundError, match=r"scipy\.linalg"):
        finder.find_spec("scipy.linalg")
