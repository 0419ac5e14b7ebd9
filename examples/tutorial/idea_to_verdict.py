# %% [markdown]
# # From an idea to a verdict
#
# An hour of research in ten minutes of reading. We take an idea that everybody has had, make features of it, put them into a model, judge the model in a way that
# is hard to fool, and say what came out, whether we like it or not.
#
# The data are five years of the S&P 500, as anybody can download them: 505 stocks, February 2013 to February 2018, open, high, low, close and volume a day.
#
# Everything here is `alpha_bench` alone. The same cells, tagged, are what `nbcode promote` turns into a registered candidate.

# %%
import os
from pathlib import Path

import alpha_bench as ab
from alpha_bench import Ridge, cs, data, features, group, labels, walk_forward

DATA = Path(os.environ.get("ALPHA_BENCH_DATA", "../../../shared/data"))

panel = ab.use(
    ab.read_panel(
        DATA / "sp500_daily_2013_2018.parquet",
        DATA / "sp500_reference_2018_02_08.csv",
        {"shares_outstanding": "market_cap_usd / price_usd"},
    )
)
panel

# %% [markdown]
# ## Look at the data before you have an opinion
#
# That was the validation report, and it is not a formality. Three of its warnings decide what we may believe later:
#
# - **No asset ever leaves.** These are the members of *February 2018*, followed back in time. Whoever went bankrupt or was thrown out is not here. Average returns of this panel are too
#   high, and a strategy that buys what has fallen looks safer than it was.
# - **Sector and market cap are of one day.** A size of 2018 knows who grew. We use the sectors (they hardly change) and leave the market cap alone.
# - **Some prices are wrong, and some returns are not returns.** NI lost 63 % on 2 July 2015 because it spun off Columbia Pipeline; nobody lost that money. LNT's price on 19 May 2016 is a bad print.
#
# Nothing is repaired behind our back. We can say, though, that a return of more than 30 % in a day is nothing that our idea is about.

# %%
calm = abs(features.ret(1)) < 0.30
calm

# %% [markdown]
# ## The idea
#
# > *What has fallen more than its sector this week comes back. What has led its sector for a year goes on leading.*
#
# Short-term reversal (Jegadeesh 1990) and momentum without the last month (Jegadeesh and Titman 1993). Two more ingredients that people like to add: quiet stocks do better than their risk
# deserves (Ang, Hodrick, Xing and Zhang 2006), and what is hard to trade pays for it (Amihud 2002).
#
# You need not remember how these are spelled here. Ask.

# %%
ab.catalogue("momentum")

# %% [markdown]
# ## Features
#
# A feature is a plan: nothing is computed until a value is asked for. Each knows how far it looks back. A cell that ends in one shows its formula, its latest values, and how it
# is spread.

# %%
liquid = cs.top(features.adv(20), 400)

reversal = group.zscore(features.reversal(5), data.sector)
momentum = group.zscore(features.mom_12_1(), data.sector)
quiet = cs.zscore(-features.volatility(60))
illiquid = cs.zscore(features.amihud(20))

momentum

# %% [markdown]
# Can a feature look into the future by accident? Try it. A negative lag, a label used as a feature, a universe of tomorrow's winners: each is refused where it is written, with
# the route by which it looks ahead.

# %%
for mistake in (
    lambda: data.close.lag(-1),
    lambda: Ridge().fit(X=[momentum, cs.rank(ab.fwd_ret(10))], y=ab.fwd_ret(10)),
    lambda: Ridge().fit(X=[momentum], y=ab.fwd_ret(10), universe=cs.top(ab.fwd_ret(10), 100)),
):
    try:
        mistake()
    except ab.AlphaBenchError as refused:
        print(refused, end="\n\n")

# %% [markdown]
# ## What we predict
#
# The return of the next ten *sessions* in excess of the sector, entered one session after the signal: nobody trades at the close that they have just computed from.

# %%
target = labels.excess(labels.fwd_ret(10, delay=1), over=data.sector)
target

# %% [markdown]
# ## The model
#
# Four features, standardised inside each fold, a ridge on top. It holds no numbers yet.

# %%
model = Ridge(alpha=10.0).fit(
    X={"reversal": reversal, "momentum": momentum, "quiet": quiet, "illiquid": illiquid},
    y=target,
    universe=liquid & calm,
    preprocess=[ab.winsorize(0.01), ab.standardize()],
)
model

# %% [markdown]
# ## How it is judged
#
# Walk-forward: each block of sessions is predicted by a fit on the past alone. Between the training rows and the block lie the sessions whose labels would reach into it (purge), and a few
# more as a margin (embargo). Here is what that looks like on our calendar.

# %%
ab.draw_folds(
    ab.WalkForward(folds=3, embargo_sessions=5), panel.dates, horizon=10, delay=1
)

# %%
report = walk_forward(model, folds=3, embargo="5d", trials=4)
report

# %% [markdown]
# ## Read it from the top
#
# The first line is the verdict. Then four questions: is there a signal, how sure is it, what would it have earned, how much money does it hold? We said `trials=4`, because we looked at four
# features before we put them together: the deflated Sharpe ratio takes that into account.
#
# The t that counts is the Newey-West one. The naive t pretends that a ten-day return that begins on Monday and one that begins on Tuesday are two different things.

# %%
report.to_frames()["decay"]

# %% [markdown]
# ## Would simpler have done?
#
# Momentum alone, judged in the same way on the same dates. `compare` puts two reports side by side and tests the *difference* of their daily ICs, date by date.

# %%
alone = walk_forward(
    Ridge().fit(X={"momentum": momentum}, y=target, universe=liquid & calm), folds=3, embargo="5d", trials=4
)
ab.compare(report, alone, names=("four features", "momentum alone"))

# %% [markdown]
# ## Was it luck of the folds?
#
# One walk-forward is one history. Combinatorial purged cross-validation cuts the calendar into six groups and tests every pair of them: five whole paths through the same five years. It
# trains on the future of some test blocks, so it is no simulation of trading. What it tells is how much the answer depends on the cut.

# %%
paths = ab.combinatorial_purged_kfold(model, groups=6, test_groups=2, embargo="5d", trials=4)
[round(float(path.ic[path.pairs > 0].mean()), 4) for path in paths.report.paths]

# %% [markdown]
# ## The verdict
#
# The code says it, so that it cannot be rewritten by hope.

# %%
figures = report.figures
t = figures["ic_t_newey_west"]
verdict = (
    "no signal" if abs(t) < 2 else "a signal of the wrong sign" if t < 0 else "a signal, before allowing for trials"
)
print(f"mean IC {figures['ic_mean']:+.4f}, Newey-West t {t:+.2f}: {verdict}")
print(f"Sharpe before costs {figures['sharpe']:+.2f}, deflated for {figures['trials']} trials: {figures['deflated_sharpe']:.0%} sure that it is above what luck gives")

# %% [markdown]
# Four of the best-known effects in finance, on five years of the most watched stocks in the world, and the data do not show that they predict anything. That is not a failure of the research; it is
# its result. The effects were published ten to thirty years before these data begin, everybody trades these 400 names, the years were calm, and with about three years of test dates
# even a true IC of 0.02 would often have gone unseen: look at the width of the bands.
#
# What would be worth trying next: a longer and wider panel with the names that died (`us3000` has the length, not the dead), labels that are neutral to beta, a slower horizon. And each of them is
# a trial: raise `trials`, and let the report take it off.
#
# Had the verdict been another one, the next step would be a tag on the cells that worked and one command: `nbcode promote`.
