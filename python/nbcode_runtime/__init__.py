"""A registered candidate where it is used: verified, loaded, and asked for predictions. Needs alpha_bench, and nothing else of nbcode.

::

    import nbcode_runtime
    model = nbcode_runtime.load("model/6cc2854a…")   # the folder whose name is the artifact's digest
    model.predict(prices)

MLflow calls :mod:`nbcode_runtime.pyfunc`, which the version's MLmodel names.
"""

from nbcode_runtime.loading import Predictor as Predictor
from nbcode_runtime.loading import load as load
from nbcode_runtime.scoring import Scores as Scores
from nbcode_runtime.scoring import score as score
from nbcode_runtime.verification import differences as differences
