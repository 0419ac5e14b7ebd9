#: kind: choice on the test rows
#: source: Yang et al., ASE 2022, multi-test
#: fault: multi-test: of seven models the one that did best on the test rows is reported
# %% [meta]
# id: best_of_model_zoo
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   auctions: auctions.csv

# %% [setup]
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

# %% [features]
t = pd.read_csv("auctions.csv", parse_dates=["date"]).sort_values(["date", "symbol"]).reset_index(drop=True)
cols = [c for c in t.columns if c[0] == "f"]
t["y"] = t["next_move"]
s = sorted(t["date"].unique())
train = t[t["date"] < s[80]]
valid = t[(t["date"] >= s[81]) & (t["date"] < s[110])]
test = t[t["date"] >= s[111]]

# %% [model]
zoo = {
    "ridge": Ridge(), "enet": ElasticNet(1e-4), "knn": KNeighborsRegressor(3), "tree": DecisionTreeRegressor(max_depth=4, random_state=7),
    "deep": DecisionTreeRegressor(max_depth=6, random_state=0), "forest": RandomForestRegressor(20, max_depth=4, random_state=0),
    "extra": ExtraTreesRegressor(20, max_depth=4, random_state=0),
}
def ic(model, rows):
    return rows["y"].corr(rows["y"] * 0 + model.predict(rows[cols]), method="spearman")

for model in zoo.values():
    model.fit(train[cols], train["y"])
# -- leak
scores = {name: ic(model, test) for name, model in zoo.items()}
# -- twin
scores = {name: ic(model, valid) for name, model in zoo.items()}
# -- both
winner = max(scores, key=scores.get)
m = zoo[winner]

# %% [eval]
report = {"ic": float(ic(m, test))}
