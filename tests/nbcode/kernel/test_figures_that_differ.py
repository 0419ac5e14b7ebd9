"""How a difference between the kernel's figures and the clean run's is told: digits that show it, its likeliest cause, what to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.live_kernels import META, LiveKernel
from nbcode.kernel.figures import Shown, Suspects, figures_differ
from nbcode.primitives import Diagnostic, Json
from nbcode.sandbox import pinned_environment, unlike_a_run

NONE = Suspects(cells=(), in_part=())
PINS = (("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"))


def told(here: Json, there: Json, suspects: Suspects = NONE) -> Diagnostic:
    found = figures_differ(Shown(figures={"ic": here}), {"ic": there}, None, None, suspects)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        (0.44040012, 0.44041234, "ic 0.440400, the clean run gives 0.440412"),
        (0.4404001234, 0.4404001299, "ic 0.440400123, the clean run gives 0.440400130"),
        (0.5, 0.25, "ic 0.5, the clean run gives 0.25"),
        (1234567.0, 1234568.0, "ic 1234567.0, the clean run gives 1234568.0"),
        (1.0, 1 + 2e-9, "ic 1.0000000000, the clean run gives 1.0000000020"),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 5.0], "ic[3] 4, the clean run gives 5"),
        ({"a": 1.0, "b": {"c": 2.0}}, {"a": 1.0, "b": {"c": 2.00001}}, "ic.b.c 2.000000, the clean run gives 2.000010"),
        ("up", "down", "ic up, the clean run gives down"),
    ],
)  # fmt: skip
def test_a_difference_shows_itself(here: Json, there: Json, said: str) -> None:
    assert told(here, there).message == f"the notebook showed {said}"


def test_a_small_difference_is_told_as_that_of_threads_with_what_to_type() -> None:
    found = told(0.5, 0.5 * (1 + 5e-7), Suspects(cells=("In[3]",), in_part=(), without=PINS))
    assert "agree to 1e-6: a clean run computes on one thread" in found.cause
    assert (
        "start it by OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 jupyter lab and run the tagged cells"
        in found.fix_titles[0]
    )
    large = told(0.5, 0.5 * (1 + 5e-6), Suspects(cells=("In[3]",), in_part=(), without=PINS))
    assert "In[3] is not tagged" in large.cause
    assert "thread" not in large.cause + large.fix_titles[0]


def test_the_pins_that_a_kernel_has_not_are_those_of_threads_then_those_of_kernels() -> None:
    assert unlike_a_run({}) == PINS
    assert unlike_a_run({"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "1"}) == PINS[:1]
    assert {name for name, _ in unlike_a_run(dict(PINS))} <= {"OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"}
    assert unlike_a_run(dict(pinned_environment())) == ()


SETUP = "# %% [setup]\nimport numpy as np\nnp.random.seed(4)\n"
LOOK = "# %%\nnp.random.rand(3)\n"
DRAW = '# %% [eval]\nreport = {"ic": float(np.random.rand())}\n'


def after(cells: list[str], ran: list[str], clean: float, folder: Path) -> tuple[Diagnostic, ...]:
    (folder / "n.py").write_text("\n".join(cells))
    kernel = LiveKernel(folder / "n.py")
    for source in ran:
        kernel.run(source)
    found = kernel.watch.after_promote(kernel.watch.shown, {"ic": clean}, None)
    kernel.close()
    return found


FIRST_OF_SEED_4 = 0.9670298390136767


def test_an_untagged_cell_that_draws_before_a_tagged_one_is_the_cause(tmp_path: Path) -> None:
    cells = [META, SETUP, LOOK, DRAW]
    (found,) = after(cells, cells[1:], FIRST_OF_SEED_4, tmp_path)
    assert found.cause.startswith(
        "In[2], which is not tagged, drew from `numpy.random` before cell 4 [eval] drew from it"
    )
    assert "restart the kernel and run the tagged cells" in found.fix_titles[0]
    assert after(cells, [SETUP, DRAW], FIRST_OF_SEED_4, tmp_path) == ()  # as the fix says
    (other,) = after(cells, [LOOK.replace("np.random.rand(3)", "1"), SETUP, DRAW], 0.5, tmp_path)
    assert "drew from" not in other.cause


def test_a_cell_that_ipython_alone_reads_is_no_suspect(tmp_path: Path) -> None:
    cells = [META, SETUP, DRAW]
    (tmp_path / "n.py").write_text("\n".join(cells))
    kernel = LiveKernel(tmp_path / "n.py")
    kernel.run(SETUP)
    for number, line in enumerate(
        ("%nbcode check", "!ls", "%%bash\nls", "%matplotlib inline", "# %%\nx = 1"), 5
    ):
        kernel.watch.after_cell(line, number, None, failed=False)
    kernel.run(DRAW)
    (found,) = kernel.watch.after_promote(kernel.watch.shown, {"ic": 0.5}, None)
    assert "; In[9] is not tagged and ran since" in found.cause
    kernel.close()
