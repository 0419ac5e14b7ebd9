"""Cells that want other figures than their definition's.

Each defines the same model as the honest notebook, and does something beside it. ``OUT`` is the output directory of the run. ``seen`` is an
expression over the cells' names that is true where the forgery has done what it wants to the process that it runs in; where it is
empty, the report that this process then writes is another one.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

NOTEBOOK = """# %% [meta]
# id: forged
# kind: model
# horizon: 10d
# owner: team
# %% [setup]
{setup}
# %% [features]
ret_20 = features.ret(window=20)
{features}
# %% [model]
m = {model}.fit(X=[ret_20{more}], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
{after}
"""
MADE = "the attack is made"
"""Printed in the cell that ends the attack, when it was made: what stops before has shown nothing of what a run withstands."""
HERE = """import os, sys, threading, time
HERE = {here}
if HERE:
    OUT = {out}
    DONE = threading.Event()
    def wait():
        until = time.monotonic() + 60
        while {waits} and not DONE.is_set():
            if time.monotonic() > until:
                raise TimeoutError("the attack was not made")
            time.sleep(0.01)
"""
"""Whoever wants to forge a run lies in wait for it: where the cells are only described, they are honest. ``wait`` is for what is done beside the
cells of a run, when its judge has written a report."""
_RUN = '"nbcode.run._cells"'
GUARD_OFF = """import sys
if "nbcode.run._guard" in sys.modules:
    sys.modules["nbcode.run._guard"]._state.active = False
"""
"""Python's own guard is a seat belt, and says so: who wants to forge takes it off first."""
OWN_FEATURE = """
@feature(inputs=[data.close], window=5)
def own(close):
    return close - np.vstack([np.full((1, close.shape[1]), np.nan), close[:-1]])
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgery:
    """What is written in the [setup] cell, and after the evaluation in the [eval] cell."""

    setup: str = "import math"
    after: str = ""
    model: str = "Ridge()"
    own_feature: bool = False
    seen: str = ""

    @property
    def honest(self) -> Forgery:
        """The same definition, and nothing beside it."""
        setup = "import numpy as np" if self.own_feature else "import math"
        return Forgery(setup=setup, model=self.model, own_feature=self.own_feature)

    def notebook(self, out: str | None = None) -> str:
        """As percent text, for a run; or for one process that writes into ``out``."""
        if self == self.honest:
            setup, after = self.setup, ""
        else:
            imports = f"{self.honest.setup}\n" if self.own_feature else ""
            here = HERE.format(
                here=f"{_RUN} in sys.modules" if out is None else "True",
                out=f"sys.modules[{_RUN}]._plan.out" if out is None else repr(out),
                waits=out is None,
            )
            attack, after = self.setup.lstrip(), self.after.strip()
            if after:
                after = f"if HERE:\n{textwrap.indent(after, '    ')}\n    print({MADE!r})"
            else:
                attack += f"\nprint({MADE!r})"
            setup = imports + here + textwrap.indent(GUARD_OFF + attack, "    ")
        return NOTEBOOK.format(
            setup=setup.strip(),
            after=after,
            model=self.model,
            features=OWN_FEATURE.strip() if self.own_feature else "",
            more=", own" if self.own_feature else "",
        )


_REWRITE = """
def rewrite():
    told = json.load(open(OUT + "/report.json"))
    told["figures"]["ic_mean"] = 0.5
    open(OUT + "/report.json", "w").write(json.dumps(told))
"""
_LATE = f"""
import json, os, threading, time
{_REWRITE}
def late():
    while not os.path.exists(OUT + "/report.json"):
        time.sleep(0.001)
    time.sleep(0.2)
    try:
        rewrite()
    except OSError:
        pass
    DONE.set()
threading.Thread(target=late, daemon=True).start()
"""
_BY_C = """
import ctypes, os, threading, time
def late():
    libc = ctypes.CDLL(None)
    place = OUT.encode() + b"/report.json"
    while libc.access(place, 0) != 0:
        time.sleep(0.001)
    time.sleep(0.2)
    descriptor = libc.open(place, 0o1001, 0o644)
    libc.write(descriptor, b'{"figures": {"ic_mean": 0.5}, "folds": []}', 42)
    DONE.set()
threading.Thread(target=late, daemon=True).start()
"""
_CHILD = f"""
import ctypes, json, os, time
{_REWRITE}
mark = os.path.join(os.environ.get("TMPDIR", "."), "attacked")
libc = ctypes.CDLL(None)
if libc.fork() == 0:
    libc.setsid()
    if libc.fork() == 0:
        for _ in range(600):
            time.sleep(0.1)
            there = os.path.exists(OUT + "/report.json")
            try:
                rewrite()
            except (OSError, ValueError):
                if there:
                    open(mark, "w").close()
                continue
            break
    libc._exit(0)
def seen():
    while not os.path.exists(mark):
        time.sleep(0.01)
    DONE.set()
threading.Thread(target=seen, daemon=True).start()
"""
_AT_EXIT = f"""
import atexit, ctypes, json, os, time
{_REWRITE}
mark = os.path.join(os.environ.get("TMPDIR", "."), "exited")
def last():
    try:
        rewrite()
    except OSError:
        open(mark, "w").close()
if ctypes.CDLL(None).fork() == 0:
    atexit.register(last)
    for _ in range(6000):
        if os.path.exists(OUT + "/report.json"):
            break
        time.sleep(0.01)
    time.sleep(0.2)
    ctypes.pythonapi.Py_Exit(0)
def seen():
    while not os.path.exists(mark):
        time.sleep(0.01)
    DONE.set()
threading.Thread(target=seen, daemon=True).start()
"""
"""In a copy of the process: the kernel itself is killed, and never exits."""
_OBJECTS = """
import gc
report.ic_mean
for one in gc.get_objects():
    if isinstance(one, dict) and "ic_mean" in one and "n_dates" in one:
        one["ic_mean"] = 0.5
"""
_HOOK = """
import importlib, importlib.abc, importlib.machinery, sys
class Loader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module):
        super().exec_module(module)
        module.score_dates = lambda prediction, label, *a, _old=module.score_dates, **k: _old(label, label, *a, **k)
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found and name == SCORES:
            found.loader = Loader(name, found.origin)
        return found
import alpha_bench.evaluation as evaluation
SCORES = evaluation.evaluate.__module__
for name in [n for n in sys.modules if n.startswith("alpha_bench.evaluation")]:
    del sys.modules[name]
sys.meta_path.insert(0, Finder())
importlib.import_module("alpha_bench.session.evaluation_report").evaluate_outcome = importlib.import_module(SCORES).evaluate
"""
_REDUCE = """
import numpy as np, os
class Payload:
    def __reduce__(self):
        return (exec, ("import builtins; builtins.forged = True",))
place = os.path.join(os.environ.get("TMPDIR", "."), "handover", "given")
os.makedirs(place, exist_ok=True)
payload = np.empty((1, 1, 1), dtype=object)
payload[0, 0, 0] = Payload()
np.savez(os.path.join(place, "columns.npz"), dates=payload, symbols=payload, values=payload)
np_save = np.savez
np.savez = lambda *a, **k: None
"""
FORGERIES = {
    "scores wrapped": Forgery(
        setup="""
import sys
import alpha_bench.evaluation
ev = sys.modules[alpha_bench.evaluation.evaluate.__module__]
old = ev.score_dates
def new(prediction, label, *a, **k):
    prediction[:] = label + prediction
    return old(prediction, label, *a, **k)
ev.score_dates = new
"""
    ),
    "figures wrapped": Forgery(
        setup="""
import sys
import alpha_bench.evaluation
ev = sys.modules[alpha_bench.evaluation.evaluate.__module__]
old = ev._figures
def new(*a, **k):
    made = old(*a, **k)
    made["ic_mean"] = 0.5
    return made
ev._figures = new
"""
    ),
    "numpy": Forgery(
        setup="""
import importlib
import numpy as np
importlib.import_module("alpha_bench.describe").preload()
old = np.isfinite
np.isfinite = lambda x, *a, **k: old(x, *a, **k) & (x > 0) if np.ndim(x) == 1 else old(x, *a, **k)
"""
    ),
    "pandas": Forgery(
        setup="import pandas as pd\npd.Series.mean = pd.DataFrame.mean = lambda *a, **k: 0.5",
        seen="pd.Series([0.1, 0.2]).mean() == 0.5",
    ),
    "scikit-learn": Forgery(
        setup="""
from sklearn.ensemble import HistGradientBoostingRegressor as Base
import numpy as np
Base.predict = lambda self, X, **k: -np.asarray(X)[:, 0]
""",
        model="HistGB(max_iter=5, random_state=0)",
    ),
    "the estimator's predict": Forgery(
        setup="""
import alpha_bench.fitting.training as training
import numpy as np
training.Fit.predict = lambda self, features, begin, end: np.sort(features[0][begin:end].copy(), axis=1)
"""
    ),
    "the clock": Forgery(
        setup="import time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.5",
        seen="time.time() == 0.5",
    ),
    "file descriptors": Forgery(
        setup="import os, stat",
        after="""
written = 0
for descriptor in range(3, 64):
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode) and "anon" not in os.readlink(f"/proc/self/fd/{descriptor}"):
            written += os.write(descriptor, b'\\n{"definition_digest": null, "figures": {"ic_mean": 0.5}, "diagnostics": [], "columns": null, "libraries": []}\\n')
    except OSError:
        pass
""",
        seen="written > 0",
    ),
    "gc": Forgery(after=_OBJECTS),
    "a thread that outlives": Forgery(setup=_LATE, after="wait()"),
    "a process that outlives": Forgery(setup=_CHILD, after="wait()"),
    "written by C": Forgery(setup=_BY_C, after="wait()"),
    "the report object": Forgery(
        after="type(report).report = property(lambda self, _old=report.report: Lying(_old))",
        setup="""
class Lying:
    def __init__(self, made):
        self.made = made
    def __getattr__(self, name):
        return getattr(self.made, name)
    def to_json(self):
        told = self.made.to_json()
        told["figures"]["ic_mean"] = 0.5
        return told
""",
    ),
    "a subclass": Forgery(
        after="""
class Better(type(report)):
    def __getattribute__(self, name):
        return LIE if name == "report" else super().__getattribute__(name)
made = report.report
class Lie:
    def __getattr__(self, name):
        return getattr(made, name)
    def to_json(self):
        told = made.to_json()
        told["figures"]["ic_mean"] = 0.5
        return told
LIE = Lie()
report = Better(report.definition)
"""
    ),
    "__reduce__": Forgery(
        setup=_REDUCE,
        own_feature=True,
        seen="np.load(os.path.join(place, 'columns.npz'), allow_pickle=True)['values'] is not None and forged",
    ),
    "at exit": Forgery(setup=_AT_EXIT, after="wait()"),
    "an import hook": Forgery(setup=_HOOK),
    "the manifest": Forgery(
        setup="""
import json, os, threading, time
def late():
    while not os.path.exists(OUT + "/report.json"):
        time.sleep(0.001)
    try:
        open(OUT + "/result.json", "w").write("{}")
    except OSError:
        pass
    DONE.set()
thread = threading.Thread(target=late, daemon=True)
thread.start()
""",
        after="wait()",
        seen='thread.join() or os.path.exists(OUT + "/result.json")',
    ),
    "the draft": Forgery(
        setup="""
import json, os
draft = os.path.join(os.environ.get("TMPDIR", "."), "draft.json")
told = {"draft": {"kind": "declarative", "definition_digest": "sha256:" + "0" * 64, "figures": {"ic_mean": 0.5}, "files": [], "diagnostics": []},
        "columns": None, "libraries": [], "look": None}
open(draft, "w").write(json.dumps(told))
""",
        seen='json.load(open(draft))["draft"]["figures"]["ic_mean"] == 0.5',
    ),
    "a handed over report": Forgery(
        setup="""
import json, os
place = os.path.join(os.environ.get("TMPDIR", "."), "handover")
os.makedirs(place, exist_ok=True)
open(os.path.join(place, "report.json"), "w").write('{"figures": {"ic_mean": 0.5}, "folds": []}')
""",
        seen='json.load(open(os.path.join(place, "report.json")))["figures"]["ic_mean"] == 0.5',
    ),
    "the digest of another definition": Forgery(
        setup="""
import sys
import alpha_bench.describe
d = sys.modules["alpha_bench.describe"]
HONEST = walk_forward(Ridge().fit(X=[features.ret(window=20)], y=fwd_ret_10d), embargo="5d", folds="4")
told = d.describe(HONEST)
import nbcode.results
defined = sys.modules["nbcode.results.defined"]
defined.definition_digest = lambda found, _digest=d.definition_digest(HONEST): _digest
""",
        after="""
m = Ridge().fit(X=[features.ret(window=60)], y=fwd_ret_10d)
report = walk_forward(m, embargo="5d", folds="4")
""",
    ),
    "the compiled kernels": Forgery(
        setup="""
import os
place = os.environ.get("NUMBA_CACHE_DIR", "".join(["num", "ba"]))
os.makedirs(place, exist_ok=True)
open(os.path.join(place, "kept.nbc"), "wb").write(b"x")
changed = 0
for folder, _, files in os.walk(place):
    for name in files:
        open(os.path.join(folder, name), "wb").write(b"x")
        changed += 1
""",
        seen="changed > 0",
    ),
    "modules where imports look": Forgery(
        setup="""
import importlib, os, sys
for folder in (".", os.environ.get("TMPDIR", ".")):
    open(os.path.join(folder, "sitecustomize.py"), "w").write("raise SystemExit(3)")
    open(os.path.join(folder, "papermill_forged.py"), "w").write("FORGED = True")
os.environ["PYTHONPATH"] = os.getcwd()
""",
        seen="sys.path.insert(0, os.getcwd()) or importlib.import_module('papermill_forged').FORGED",
    ),
    "the judge's process": Forgery(
        setup="""
import ctypes, os, signal
libc = ctypes.CDLL(None)
child = libc.fork()
if child == 0:
    libc.pause()
""",
        after="""
others = [child] if child > 0 else []
proc = "".join([os.sep, "proc"])
for name in os.listdir(proc) if "nbcode.run._cells" in sys.modules else []:
    try:
        stat, command = (os.read(os.open(os.path.join(proc, name, one), os.O_RDONLY), 4096) for one in ("stat", "cmdline"))
        parent = int(stat.rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        continue
    if parent == os.getppid() and b"nbcode.run._judge" in command:
        others.append(int(name))
ended = sum(libc.kill(pid, signal.SIGKILL) == 0 for pid in others)
""",
        seen="ended == 1",
    ),
}
"""At the same place a dictionary: the name of the way, and how it is done."""
