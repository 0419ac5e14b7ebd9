"""Mistakes in what makes room: which versions a rule keeps, what goes with one, and what a glance at the registry's tables leaves out."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("hypothesis", "mlflow.tracking", "mlflow.exceptions", "pandas")
KEEPING = "nbcode/commands/test_keeping.py"
COLLECTING = "nbcode/commands/test_collecting.py"

MUTANTS = (
    Mutant(
        name="of two times in a rule the shorter holds",
        module="nbcode.commands.keeping",
        old=r"days = max\(days or 0, ",
        new="days = min(days or 99_999, ",
        proof=f"{KEEPING}::test_a_rule_is_read",
        arguments=(" candidates , last3, 10d, 2w ", 14, 3),
    ),
    Mutant(
        name="a word that is not known keeps nothing",
        module="nbcode.commands.keeping",
        old=r"            raise NbcodeError\(\[_unknown\(word\)\]\)",
        new="            continue",
        proof=f"{KEEPING}::test_what_is_not_understood_keeps_nothing_by_chance",
        arguments=("90days",),
    ),
    Mutant(
        name="the newest goes",
        module="nbcode.commands.keeping",
        old=r"if place == 0:",
        new="if place < 0:",
        proof=f"{KEEPING}::test_the_newest_and_what_is_under_any_alias_are_kept_by_every_rule",
    ),
    Mutant(
        name="who uses a version is not asked",
        module="nbcode.commands.keeping",
        old=r"because = needs\.of\(version\) or ",
        new="because = ",
        proof=f"{KEEPING}::test_a_version_whose_promote_has_not_ended_is_kept",
    ),
    Mutant(
        name="without a rule all go",
        module="nbcode.commands.keeping",
        old=r"""return "no rule was given\"""",
        new='return ""',
        proof=f"{KEEPING}::test_without_a_rule_every_version_is_kept",
    ),
    Mutant(
        name="the ninetieth day is kept, too",
        module="nbcode.commands.keeping",
        old=r"age < timedelta\(days=rule\.days\)",
        new="age <= timedelta(days=rule.days)",
        proof=f"{KEEPING}::test_ninety_days_are_ninety_times_twenty_four_hours",
        arguments=(90, False),
    ),
    Mutant(
        name="one more than the last are kept",
        module="nbcode.commands.keeping",
        old=r"place < rule\.last",
        new="place <= rule.last",
        proof=f"{KEEPING}::test_the_last_are_counted_in_each_model",
    ),
    Mutant(
        name="what was collected is decided again",
        module="nbcode.commands.keeping",
        old=r"if not version\.collected_at:",
        new="if version is not None:",
        proof=f"{KEEPING}::test_what_was_collected_is_not_decided_again",
    ),
    Mutant(
        name="a dry run removes",
        module="nbcode.commands.collecting",
        old=r"    if not dry_run:\n",
        new="    if parts:\n",
        proof=f"{COLLECTING}::test_a_dry_run_says_the_same_and_changes_nothing",
    ),
    Mutant(
        name="what is on its way to be registered goes",
        module="nbcode.commands.collecting",
        old=r"_age\(ports\.now, path\) > SETTLED",
        new="_age(ports.now, path) > SETTLED / 10",
        proof=f"{COLLECTING}::test_without_a_rule_goes_what_no_version_has_and_that_only_when_it_is_settled",
    ),
    Mutant(
        name="the artifact of a promote that goes on is nobody's",
        module="nbcode.commands.collecting",
        old=r"    wanted \|= \{p\.artifact_digest for p in promotions if not p\.finished and p\.artifact_digest is not None\}\n",
        new="",
        proof=f"{COLLECTING}::test_the_artifact_of_a_promote_that_has_not_ended_stays",
    ),
    Mutant(
        name="what a kill left is left",
        module="nbcode.commands.collecting",
        old=r"left = \(\*ports\.artifacts\.outgoing\(\), ",
        new="left = (*(), ",
        proof=f"{COLLECTING}::test_an_artifact_that_lost_its_name_goes_with_the_next",
    ),
    Mutant(
        name="the run of a version goes with its age",
        module="nbcode.commands.collecting",
        old=r"p\.run_id for p in promotions if not p\.finished or \(p\.version is not None and p\.key not in collected\)",
        new="p.run_id for p in promotions if p.finished and p.key in collected",
        proof=f"{COLLECTING}::test_runs_of_before_the_time_go_and_those_of_a_version_stay",
    ),
    Mutant(
        name="who wants no more of it is not heard",
        module="nbcode.commands.collecting",
        old=r"    ports\.cancellation\.raise_if_requested\(\)\n    ports\.on_part",
        new="    ports.on_part",
        proof=f"{COLLECTING}::test_who_wants_no_more_of_it_keeps_the_rest",
    ),
    Mutant(
        name="a version that is being promoted loses its bytes",
        module="nbcode.commands.collecting",
        old=r"with ports\.leases\.acquire\(part\.decided\.version\.key\.hex, wait_s=0\):",
        new='with ports.leases.acquire("another", wait_s=0):',
        proof=f"{COLLECTING}::test_a_version_that_is_being_promoted_stays_and_is_told",
    ),
)
