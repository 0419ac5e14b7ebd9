from .evaluator import evaluate as evaluate
from .explainer import explain as explain
from .outcome import Outcome as Outcome
from .study import Portfolio as Portfolio
