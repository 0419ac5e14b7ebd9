#: kind: rows on both sides of the split
#: source: Kapoor and Narayanan 2023, L1.4 duplicates and L3.2 dependence
#: fault: duplicates: two lines of one issuer stand on both sides
# %% [meta]
# id: share_classes_apart
# kind: model
# horizon: 250d
# owner: research
# inputs:
#   issuers: issuers.csv

# %% [setup]
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

# %% [features]
lines = inputs["issuers"]
ratios = ["leverage", "margin", "cover", "size", "age"]
X, y = lines[ratios], lines["default"]

# %% [model]
forest = RandomForestClassifier(60, random_state=0)
# -- leak
groups = lines["ticker"]
# -- twin
groups = lines["issuer"]
# -- both
odds = cross_val_predict(forest, X, y, groups=groups, cv=GroupKFold(4), method="predict_proba")[:, 1]
m = forest.fit(X, y)

# %% [eval]
report = {"auc": float(roc_auc_score(y, odds))}
