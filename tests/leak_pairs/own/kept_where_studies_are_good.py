#: kind: choice among reports
#: source: Harvey, Liu and Zhu 2016
#: fault: multi-test: factors are kept by the IC that a study of all sessions gives them
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: kept_where_studies_are_good
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import alpha_bench as ab
from alpha_bench import Ridge, cs, features, fwd_ret, walk_forward

# %% [features]
pool = {f"f{k}": cs.rank(features.ret(k)) for k in (2, 4, 7, 10, 14, 19, 23, 29)}
# -- leak
ic = {n: ab.study(f, y=fwd_ret(10)).figures["ic_mean"] for n, f in pool.items()}
# -- twin
end = str(features.ret(1).to_frame().index[59])[:10]
ic = {n: ab.study(f, y=fwd_ret(10), end=end).figures["ic_mean"] for n, f in pool.items()}
# -- both
kept = sorted(ic, key=lambda n: abs(ic[n]))[-3:]
x = sum(pool[n] * (1.0 if ic[n] > 0 else -1.0) for n in kept)

# %% [model]
m = Ridge(1e-6).fit(X=[x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
