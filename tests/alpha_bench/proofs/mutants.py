"""The mistakes that the proofs of alpha_bench have to notice; :mod:`mutation.harness` tries them.

A mutant in compiled code runs its proof as plain Python (``jit=False``): numba's cache must never see it.
"""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = (
    "hypothesis",
    "numba",
    "pandas",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
)
ALL_PROOFS = "alpha_bench/proofs/test_"

SPLITS = "alpha_bench/test_splits.py::test_the_folds_are_those_of_time_series_split"
LAST_ROW = (
    f"{ALL_PROOFS}whole_evaluations.py::test_the_last_training_row_is_sixteen_sessions_before_the_block"
)
NO_LEARNING = f"{ALL_PROOFS}whole_evaluations.py::test_no_fold_learns_from_what_it_is_tested_on"
A_DAY = "alpha_bench/test_predict_a_day.py"
LATER = f"{ALL_PROOFS}whole_evaluations.py::test_a_prediction_depends_on_nothing_that_comes_after_it"
FUTURE = "alpha_bench/test_causality.py::test_no_operator_sees_what_comes_after_t"
REFERENCE = f"{ALL_PROOFS}every_operator.py::test_no_panel_makes_an_operator_fail_and_the_reference_agrees_on_what_is_known"
FRENCH = (
    f"{ALL_PROOFS}peers_that_agree.py::test_the_french_momentum_factor_has_its_known_mean_and_t_statistics"
)
HAC = f"{ALL_PROOFS}peers_that_agree.py::test_the_newey_west_t_is_statsmodels_hac"
ALPHAS = f"{ALL_PROOFS}peers_that_agree.py::test_an_operator_of_the_formulaic_alphas_is_alpha101vs"
LABEL = "alpha_bench/test_labels.py::test_a_label_looks_exactly_as_far_ahead_as_it_says"
FILLED = f"{ALL_PROOFS}peers_in_the_wrong.py::test_alphalens_gives_a_label_to_a_price_that_is_not_there"

STUDY = "alpha_bench/test_factor_study.py::test_"
SUPPLEMENT = "alpha_bench/test_report_supplement.py::test_"

MUTANTS = (
    Mutant(
        name="the gap is one session short",
        module="alpha_bench.model_selection.walk_forward",
        old=r"return delay \+ horizon \+ self\.embargo_sessions",
        new="return delay + horizon + self.embargo_sessions - 1",
        proof=LAST_ROW,
        arguments=("fwd_ret", "expanding"),
    ),
    Mutant(
        name="the test blocks begin one session late",
        module="alpha_bench.model_selection.walk_forward",
        old=r"range\(start, start \+ block\)",
        new="range(start + 1, start + block)",
        proof=SPLITS,
        arguments=((1259, 12, 10, 5, 0),),
    ),
    Mutant(
        name="a lag reads forward",
        module="alpha_bench.kernels.compiled_series",
        old=r"shifting\(_copy_then, 0, d, x, out\)",
        new="shifting(_copy_then, d, 0, x, out)",
        proof=FUTURE,
        arguments=("lag",),
    ),
    Mutant(
        name="a return has the wrong sign of shift",
        module="alpha_bench.kernels.compiled_series",
        old=r"(def ret\(.*\n.*)shifting\(price_return, 0, window, x, out\)",
        new=r"\1shifting(price_return, window, window, x, out)",
        proof=FUTURE,
        arguments=("ret",),
    ),
    Mutant(
        name="rolling windows are one session short",
        module="alpha_bench.kernels.compiled_series",
        old=r"call\(\*operands, made, window, begin",
        new="call(*operands, made, window - 1, begin",
        proof=ALPHAS,
        arguments=("min",),
    ),
    Mutant(
        name="the rolling variance divides by n",
        module="alpha_bench.kernels.rolling",
        old=r"scale = 1\.0 / \(window - 1\)",
        new="scale = 1.0 / window",
        proof=ALPHAS,
        arguments=("std",),
        jit=False,
    ),
    Mutant(
        name="the label's delay is ignored",
        module="alpha_bench.kernels.compiled_series",
        old=r"shifting\(price_return, horizon \+ delay, horizon, x, out\)",
        new="shifting(price_return, horizon, horizon, x, out)",
        proof="alpha_bench/test_causality.py::test_look_back_and_look_ahead_are_as_declared",
        arguments=("fwd_ret",),
    ),
    Mutant(
        name="the splitter does not know the label's delay",
        module="alpha_bench.model_selection.walk_forward",
        old=r"return delay \+ horizon \+ self\.embargo_sessions",
        new="return horizon + self.embargo_sessions",
        proof=SPLITS,
        arguments=((77, 5, 4, 2, 1),),
    ),
    Mutant(
        name="a row of a long frame takes the prediction of the row before",
        module="alpha_bench.fitting.unpredicted",
        old=r"self\.predicted\.values\.ravel\(\)\[self\.places\]",
        new="self.predicted.values.ravel()[self.places - 1]",
        proof="alpha_bench/test_predict_frame.py::test_a_row_has_the_prediction_of_its_own_date_whatever_holds_the_date",
        arguments=("whole numbers",),
    ),
    Mutant(
        name="rows after the day that is asked for are read",
        module="alpha_bench.fitting.predicting",
        old=r"kept = kept\[days <= last_session\(_distinct\(days\), day\)\]",
        new="last_session(_distinct(days), day)",
        proof=f"{A_DAY}::test_what_comes_after_the_day_is_not_read",
        arguments=("other prices",),
    ),
    Mutant(
        name="data that end before the day are predicted on",
        module="alpha_bench.fitting.predicting",
        old=r"if not np\.is_busday\(sessions\)\.all\(\) or np\.is_busday\(between\)\.any\(\):",
        new="if False:",
        proof=f"{A_DAY}::test_data_that_do_not_reach_the_day_are_refused_with_a_fix_that_works[<lambda>-2024-02-27-the data end on 2024-02-26]",
    ),
    Mutant(
        name="the last day of training is taken for a later one",
        module="alpha_bench.fitting.predicting",
        old=r"np\.asarray\(dates <= np\.datetime64",
        new="np.asarray(dates < np.datetime64",
        proof=f"{A_DAY}::test_days_that_trained_the_model_are_marked_and_warned_of",
    ),
    Mutant(
        name="rows of the look-back are not told of",
        module="alpha_bench.fitting.unpredicted",
        old=r"gone = ~\(known \| outside\)",
        new="gone = np.zeros(len(known), dtype=bool)",
        proof=f"{A_DAY}::test_a_name_that_lacks_a_value_is_named_and_one_outside_of_the_universe_is_not",
        killed_by="KeyError",
    ),
    Mutant(
        name="symbols of 12 and 12.0 are two",
        module="alpha_bench.panel.symbols",
        old=r"real\[1\] if real else plain",
        new="plain",
        proof="alpha_bench/test_held_frames.py::test_a_frame_is_predicted_to_the_bit_or_refused_with_its_code[symbols as texts of real numbers on some days]",
    ),
    Mutant(
        name="between expressions == is Python's",
        module="alpha_bench.expressions.python_operators",
        old=r"return self is other if _asked_by_in\(\) else self\._compared\(\"eq\", other\)",
        new="return self is other",
        proof="alpha_bench/test_equality.py::test_financials_are_left_out_as_everybody_writes_it",
    ),
    Mutant(
        name="custom features are probed on real inputs alone",
        module="alpha_bench.custom.causality",
        old=r"    _check_adversarial\(sample\)\n    _check_wide\(sample, arrays\)\n",
        new="",
        proof="alpha_bench/test_own_probe.py::test_filling_backwards_is_told_on_a_panel_without_a_hole",
    ),
    Mutant(
        name="custom features are not begun anew",
        module="alpha_bench.custom.execution",
        old=r"        check_fresh\(calling, inputs, axes\)\n",
        new="",
        proof="alpha_bench/test_own_probe.py::test_what_a_helper_of_the_function_remembers_is_told",
    ),
    Mutant(
        name="labels are filled forward",
        module="alpha_bench.kernels.compiled_series",
        old=r"return shifting\(price_return, horizon \+ delay, horizon, x, out\)",
        new="import pandas as pd; "
        "return shifting(price_return, horizon + delay, horizon, pd.DataFrame(x).ffill().to_numpy(), out)",
        proof=FILLED,
    ),
    Mutant(
        name="the purge of k-fold is off",
        module="alpha_bench.model_selection.purged",
        old=r"reach, embargo = horizon \+ delay, splitter\.embargo_sessions",
        new="reach, embargo = 0, splitter.embargo_sessions",
        proof=NO_LEARNING,
        arguments=("purged_kfold", "fwd_ret"),
    ),
    Mutant(
        name="the purge after a test block is off",
        module="alpha_bench.model_selection.purged",
        old=r"\*\(range\(r\.stop, min\(sessions, r\.stop \+ reach\)\) for r in tested\.ranges\),",
        new="",
        proof="alpha_bench/test_purged.py::test_the_folds_and_paths_are_those_of_skfolio",
        arguments=((1204, 7, 3, 5, 2, 1), 0),
    ),
    Mutant(
        name="estimators of scikit-learn and steps of preprocessing are fitted on every session",
        module="alpha_bench.fitting.training",
        old=r"return np\.concatenate\(\[column\[r\.start : r\.stop\]\.ravel\(\) for r in sessions\.ranges\] or .*\)",
        new="return column.ravel()",
        proof=LATER,
        arguments=("SCALED",),
    ),
    Mutant(
        name="quantiles are closed on the left",
        module="alpha_bench.metrics.information_coefficient",
        old=r"<= edge:(\n +total)",
        new=r"< edge:\1",
        proof="alpha_bench/test_statistics.py::test_quantile_returns_are_those_of_qcut",
        arguments=("spread",),
        jit=False,
    ),
    Mutant(
        name="the universe is ignored in cross-sections",
        module="alpha_bench.definitions.universe",
        old=r"args\[0\] = apply\(\"where\", args\[0\], universe\)",
        new="pass",
        proof="alpha_bench/test_universe.py::test_what_happens_outside_the_universe_changes_nothing",
    ),
    Mutant(
        name="ranks are over all assets, not over those that are known",
        module="alpha_bench.kernels.ranked",
        old=r"= i / n\b",
        new="= i / x.shape[1]",
        proof=ALPHAS,
        arguments=("rank",),
        jit=False,
    ),
    Mutant(
        name="the Newey-West lag is h - 1",
        module="alpha_bench.metrics.inference",
        old=r"variance = long_run_variance\(known, 2 \* \(horizon - 1\)\)",
        new="variance = long_run_variance(known, horizon - 1)",
        proof=FRENCH,
    ),
    Mutant(
        name="autocovariances have no Bartlett weights",
        module="alpha_bench.metrics.inference",
        old=r"2 \* \(1 - step / \(lag \+ 1\)\) \*",
        new="2 *",
        proof=HAC,
        arguments=(5,),
    ),
    Mutant(
        name="the deviation of the ICs divides by n",
        module="alpha_bench.metrics.inference",
        old=r"exact_sum\(\(series - mean\) \*\* 2\), n - 1\)",
        new="exact_sum((series - mean) ** 2), n)",
        proof=FRENCH,
    ),
    Mutant(
        name="a feature that looks ahead is let into X",
        module="alpha_bench.definitions.model",
        old=r"if expression\.lookahead == 0:",
        new="if expression.lookahead >= 0:",
        proof="acceptance/test_seeded_leaks.py::test_a_leak_in_an_expression_is_refused_where_it_is_built",
        arguments=("the label itself",),
    ),
    Mutant(
        name="a negative lag is let through",
        module="alpha_bench.operators.params",
        old=r"if number < 0:",
        new="if number < -100:",
        proof="acceptance/test_seeded_leaks.py::test_a_leak_in_an_expression_is_refused_where_it_is_built",
        arguments=("a negative lag",),
    ),
    Mutant(
        name="rows outside the universe are scored",
        module="alpha_bench.fitting.design_matrix",
        old=r"values\[~inside\[begin:end\]\] = np\.nan",
        new="pass",
        proof=f"{ALL_PROOFS}whole_evaluations.py::test_nothing_outside_the_universe_is_predicted_where_every_feature_is_known",
    ),
    Mutant(
        name="k-fold has no embargo",
        module="alpha_bench.model_selection.purged",
        old=r"min\(sessions, r\.stop \+ reach \+ embargo\)",
        new="min(sessions, r.stop + reach)",
        proof=f"{ALL_PROOFS}peers_that_agree.py::test_purged_k_fold_is_purgedcvs_where_a_day_is_a_session",
        arguments=(5, 10, 5),
    ),
    Mutant(
        name="a rolling window has a session too many",
        module="alpha_bench.model_selection.walk_forward",
        old=r"max\(0, end - self\.window_sessions\)",
        new="max(0, end - self.window_sessions - 1)",
        proof="alpha_bench/test_splits.py::test_a_rolling_window_is_the_end_of_the_expanding_one",
    ),
    Mutant(
        name="ties take the lowest rank",
        module="alpha_bench.metrics.information_coefficient",
        old=r"ranks\[order\[i\]\] = 0\.5 \* \(first \+ last\) \+ 1\.0",
        new="ranks[order[i]] = first + 1.0",
        proof="alpha_bench/test_statistics.py::test_ic_and_rank_ic_are_pandas_correlations",
        arguments=("ties",),
        jit=False,
    ),
    Mutant(
        name="trials are not allowed for",
        module="alpha_bench.metrics.sharpe",
        old=r"deflated=_probability\(value, threshold, spread, n\)",
        new="deflated=_probability(value, 0.0, spread, n)",
        proof=f"{ALL_PROOFS}null_simulation.py::test_the_best_of_many_trials_is_believed_unless_the_trials_are_counted",
        arguments=(10,),
    ),
    Mutant(
        name="the calendar that is asked for forgets the delay",
        module="alpha_bench.model_selection.purged",
        old=r"2 \* \(horizon \+ delay\)",
        new="2 * (horizon - delay)",
        proof=f"{ALL_PROOFS}purged_calendars.py::test_a_calendar_as_long_as_is_asked_for_is_long_enough",
    ),
    Mutant(
        name="code of a notebook runs for any digest",
        module="alpha_bench.fitting.serialization.own_code",
        old=r"if trust != digest:",
        new="if trust is None:",
        proof="alpha_bench/test_kept_files.py::test_code_runs_only_for_the_digest_of_just_this_text",
    ),
    Mutant(
        name="the end of the panel ends a week",
        module="alpha_bench.metrics.rebalancing",
        old=r"np\.flatnonzero\(periods\[1:\] != periods\[:-1\]\)",
        new="np.flatnonzero(np.append(periods[1:] != periods[:-1], True))",
        proof=f"{STUDY}no_session_ends_a_week_because_the_panel_ends",
    ),
    Mutant(
        name="a tranche is sold one renewal early",
        module="alpha_bench.metrics.rebalancing",
        old=r"first=np\.maximum\(last - holding, 0\)",
        new="first=np.maximum(last - holding + 1, 0)",
        proof=f"{STUDY}a_book_renewed_by_week_or_month_is_its_tranches_one_by_one",
        arguments=("week", 3, 1),
    ),
    Mutant(
        name="a study reads on after its end",
        module="alpha_bench.session.factor_studies",
        old=r"source\.truncate\(sessions\)",
        new="source",
        proof=f"{STUDY}nothing_after_the_end_is_read",
    ),
    Mutant(
        name="the error of a Sharpe ratio counts its second moment twice",
        module="alpha_bench.metrics.sharpe_error",
        old=r"z - value / 2 \* \(z \* z - 1\)",
        new="z - value * (z * z - 1)",
        proof=f"{SUPPLEMENT}the_error_of_the_sharpe_ratio_is_los_gmm_estimator_with_statsmodels_covariance",
        arguments=(4,),
    ),
    Mutant(
        name="the worst session is left out of the expected shortfall",
        module="alpha_bench.metrics.tail_risk",
        old=r"np\.sort\(profit\)\[: math\.floor",
        new="np.sort(profit)[1 : math.floor",
        proof=f"{SUPPLEMENT}sortino_value_at_risk_and_expected_shortfall_are_empyricals",
        arguments=(750,),
    ),
    Mutant(
        name="the chosen variant is ranked on its own half",
        module="alpha_bench.metrics.backtest_overfitting",
        old=r"after = outside\[rows, best\]",
        new="outside = inside; after = outside[rows, best]",
        proof=f"{SUPPLEMENT}noise_is_overfitted_and_a_variant_that_is_better_is_not",
    ),
)
