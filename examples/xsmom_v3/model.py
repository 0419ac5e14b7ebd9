"""The same model as notebook.ipynb, in Python: ``python model.py`` prints the definition digest that all forms share."""

from alpha_bench import Ridge, features, walk_forward
from alpha_bench.describe import definition_digest
from alpha_bench.labels import fwd_ret

ret_20 = features.ret(window=20)
ret_60 = features.ret(window=60)
turn = features.turnover(20)
m = Ridge().fit(X=[ret_20, ret_60, turn], y=fwd_ret(10))
report = walk_forward(m, embargo="5d", folds="12")

if __name__ == "__main__":
    print(definition_digest(report))
