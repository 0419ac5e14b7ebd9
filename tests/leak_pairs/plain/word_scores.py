#: kind: fitted before the split
#: source: supervised word lists (Taddy 2013), scored on all days
#: fault: target encoding: the tone of a word is its mean label over all days
# %% [meta]
# id: word_scores
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   news: news.csv
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [features]
news = pd.read_csv("news.csv")
px = pd.read_csv("prices.csv").sort_values(["symbol", "date"])
px["fwd"] = px.groupby("symbol")["close"].transform(lambda p: p.shift(-10) / p - 1)
news = news.merge(px[["date", "symbol", "fwd"]], on=["date", "symbol"]).dropna()
words = news.assign(word=news["headline"].str.split()).explode("word")
days = np.sort(px["date"].unique())
# -- leak
tone = words.groupby("word")["fwd"].mean()
# -- twin
tone = words[words["date"] < days[160]].groupby("word")["fwd"].mean()
# -- both
news["tone"] = words["word"].map(tone).groupby(level=0).mean()
news = news.dropna()

# %% [model]
train, test = news[news["date"] < days[160]], news[news["date"] >= days[170]]
m = LinearRegression().fit(train[["tone"]], train["fwd"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(test[["tone"]]), test["fwd"])[0, 1])}
