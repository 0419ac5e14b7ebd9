#: kind: expression or panel
#: source: Lopez de Prado 2018, ch. 7
#: fault: purge: the label was computed before and is a field, so that nothing can purge by it
#: panel: with_forward
# %% [meta]
# id: label_as_a_column
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, walk_forward

# %% [features]
# -- leak
label = data.forward
# -- twin
label = fwd_ret(10)
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), features.ret(5)], y=label)

# %% [eval]
report = walk_forward(m, folds=6, embargo="0d")
