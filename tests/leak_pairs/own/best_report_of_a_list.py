#: kind: choice among reports
#: source: Yang et al., ASE 2022, multi-test
#: fault: multi-test: the report is picked from a list of judged models
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: best_report_of_a_list
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, cs, features, fwd_ret, walk_forward

# %% [features]
models = [Ridge().fit(X=[cs.zscore(f)], y=fwd_ret(10)) for f in (features.ret(3), features.ret(9), features.volatility(10), features.ret(15), features.reversal(4), features.ret(27))]

# %% [model]
# -- leak
reports = [walk_forward(one, folds=3) for one in models]
# -- twin
reports = [walk_forward(one, folds=3, trials=6) for one in models]
# -- both
report = max(reports, key=lambda r: r.ic_mean)
m = report.definition.model

# %% [eval]
report.ic_mean
