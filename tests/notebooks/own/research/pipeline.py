"""Features, labels, fit and score of one model, as one object."""
import logging

import pandas as pd
from sklearn.base import clone

logger = logging.getLogger(__name__)


class ResearchPipeline:
    def __init__(self, estimator, horizon=5, cutoff="2016-06-30"):
        self.estimator = estimator
        self.horizon = horizon
        self.cutoff = pd.Timestamp(cutoff)

    def features(self, prices):
        close = prices["close"].unstack("symbol")
        parts = {
            "skip_mom": close.shift(5) / close.shift(60) - 1,
            "rev": close / close.shift(5) - 1,
            "vol": close.pct_change().rolling(20).std(),
        }
        return pd.concat({name: part.stack() for name, part in parts.items()}, axis=1).dropna()

    def run(self, prices):
        close = prices["close"].unstack("symbol")
        label = (close.shift(-self.horizon) / close - 1).stack().rename("label")
        table = self.features(prices).join(label, how="inner").dropna()
        days = table.index.get_level_values("date")
        train = table[days <= self.cutoff]
        self.test_ = table[days > self.cutoff + pd.offsets.BDay(self.horizon)]
        self.columns_ = [c for c in table if c != "label"]
        self.model_ = clone(self.estimator).fit(train[self.columns_], train["label"])
        logger.info("fitted on %d rows", len(train))
        return self

    @property
    def ic(self):
        scored = self.test_.assign(p=self.model_.predict(self.test_[self.columns_]))
        return scored.groupby(level="date").apply(lambda d: d["p"].corr(d["label"], method="spearman"))
