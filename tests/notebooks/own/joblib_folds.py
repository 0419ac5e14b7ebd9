# %% [setup]
import gc, os, glob
os.environ["OMP_NUM_THREADS"] = "2"
import warnings; warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from lightgbm import LGBMRegressor
from sklearn.model_selection import TimeSeriesSplit
from tqdm.auto import tqdm
# %% [setup]
def preprocessor(path):
    d = pd.read_csv(path, parse_dates=["date"])
    d["symbol"] = os.path.basename(path).split(".")[0]
    d["log_return1"] = np.log(d.close).diff()
    for w in [5, 10, 30]:
        d[f"realized_vol_{w}"] = d.log_return1.rolling(w).apply(lambda x: np.sqrt(np.sum(x ** 2)), raw=True)
        d[f"hl_{w}"] = ((d.high - d.low) / d.close).rolling(w).mean()
    d["target"] = np.log(d.close.shift(-5) / d.close)
    return d.dropna()

def reduce_mem_usage(d):
    for c in d.select_dtypes("float64"):
        d[c] = d[c].astype(np.float32)
    return d

def rmse(a, b):
    return np.sqrt(np.mean(np.square(a - b)))
# %% [features]
paths = sorted(glob.glob("../data/by_symbol/*.csv"))
parts = Parallel(n_jobs=2)(delayed(preprocessor)(p) for p in paths)
df = reduce_mem_usage(pd.concat(parts, ignore_index=True)).sort_values(["date", "symbol"], ignore_index=True)
del parts; gc.collect()
features_ = [c for c in df.columns if c.startswith(("realized_vol", "hl_"))]
# %%
df.shape, df.date.min(), df.date.max()
# %% [model]
oof, models, fold_scores = np.zeros(len(df)), [], []
for fold, (tr, va) in enumerate(tqdm(TimeSeriesSplit(n_splits=4, gap=16 * 5).split(df), total=4)):
    model = LGBMRegressor(n_estimators=80, num_leaves=7, learning_rate=0.05, subsample=0.8, subsample_freq=1, random_state=fold, verbosity=-1)
    model.fit(df.loc[tr, features_], df.loc[tr, "target"])
    oof[va] = model.predict(df.loc[va, features_])
    fold_scores.append(rmse(df.loc[va, "target"], oof[va]))
    models.append(model)
    print(f"fold {fold} rmse {fold_scores[-1]:.5f}")
# %% [eval]
holdout = df[df.date >= "2017-06-01"]
ensemble = np.mean([m_.predict(holdout[features_]) for m_ in models], axis=0)
print(f"cv {np.mean(fold_scores):.6f} +- {np.std(fold_scores):.6f}")
print(f"corr {np.corrcoef(ensemble, holdout.target)[0, 1]:.10f}")
