# %% [setup]
import logging
import sys
sys.path.append("..")
import matplotlib.pyplot as plt
from sklearn.ensemble import RandomForestRegressor, BaggingRegressor
from sklearn.linear_model import BayesianRidge
from research import ResearchPipeline, load_prices
logging.basicConfig(level=logging.INFO)
# %%
load_prices().groupby("symbol").close.plot(logy=True)
plt.show()
# %% [features]
prices = load_prices(start="2014-06-01")
# %% [model]
runs = {}
for est in (BayesianRidge(), BaggingRegressor(BayesianRidge(), n_estimators=5, random_state=11)):
    runs[type(est).__name__] = ResearchPipeline(est, horizon=5).run(prices)
winner = max(runs, key=lambda k: runs[k].ic.mean())
# %% [eval]
if __name__ == "__main__":
    for k, r in runs.items():
        print(f"{k:<20} {r.ic.mean():+.5f}")
    print(f"IC {runs[winner].ic.mean():.10f}")
