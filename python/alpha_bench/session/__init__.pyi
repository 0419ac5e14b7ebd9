from .evaluation_report import evaluate as evaluate
from .evaluations import combinatorial_purged_kfold as combinatorial_purged_kfold
from .evaluations import purged_kfold as purged_kfold
from .evaluations import walk_forward as walk_forward
from .session import Session as Session
from .session import use as use
from .warm_up import compile_everything as compile_everything
from .warm_up import import_everything as import_everything
