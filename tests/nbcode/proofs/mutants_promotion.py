"""Mistakes in the room `promotion`: the order, the optimistic conditions, what a retry must reset."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("hypothesis", "sqlalchemy", "alembic.script", "alembic.operations", "psycopg")
JOURNAL = "contract/test_journal_contract.py"
LEASES = "contract/test_leases_contract.py"
SQL = "nbcode/promotion/test_sql_journal.py"
ALIAS = "nbcode/promotion/test_alias.py"
STEP = "nbcode/promotion/test_step.py"
RECONCILE = "nbcode/promotion/test_reconcile.py"
GATES = "nbcode/promotion/test_gates.py"
TRIALS = "nbcode/trials/test_ledger.py"
FILES = "nbcode/promotion/test_leases.py"
PROMOTE = "nbcode/commands-promote/test_promote.py"

MUTANTS = (
    Mutant(
        name="a retry keeps the mark of the superseded",
        module="nbcode.promotion.state",
        old=r"        superseded=event\.restores,\n        isolation_asked",
        new="        isolation_asked",
        proof=f"{STEP}::test_what_was_superseded_is_not_so_when_it_is_tried_again",
    ),
    Mutant(
        name="files that come back take the candidate",
        module="nbcode.promotion.perform",
        old=r"if promotion\.superseded and candidate is not None",
        new="if False",
        proof=f"{PROMOTE}::test_files_that_are_given_back_take_no_candidate",
    ),
    Mutant(
        name="a fit that is registered already is held to its limits again",
        module="nbcode.promotion.refits",
        old=r", is_registered=True",
        new="",
        proof="nbcode/promotion/test_refits.py::test_a_fit_that_another_store_registered_keeps_its_place_and_is_not_held_to_limits_again",
    ),
    Mutant(
        name="a retry keeps the version",
        module="nbcode.promotion.state",
        old=r"        version=None,\n        seconds=\(\),",
        new="        seconds=(),",
        proof=f"{STEP}::test_what_was_superseded_is_not_so_when_it_is_tried_again",
    ),
    Mutant(
        name="a retry counts no attempt",
        module="nbcode.promotion.state",
        old=r"attempt=promotion\.attempt \+ 1",
        new="attempt=promotion.attempt",
        proof=f"{STEP}::test_what_was_superseded_is_not_so_when_it_is_tried_again",
    ),
    Mutant(
        name="an earlier attempt may move the next",
        module="nbcode.promotion._sql.journal",
        old=r"\n +& \(PROMOTIONS\.c\.attempt == before\.attempt\)",
        new="",
        proof=f"{JOURNAL}::test_who_saw_an_earlier_attempt_may_not_move_the_next_one[sqlite]",
    ),
    Mutant(
        name="who saw an earlier state may move it",
        module="nbcode.promotion._sql.journal",
        old=r"\n +& \(PROMOTIONS\.c\.state == before\.state\)",
        new="",
        proof=f"{JOURNAL}::test_only_who_saw_the_last_state_may_move_it[sqlite]",
    ),
    Mutant(
        name="any promotion may be moved in place of another",
        module="nbcode.promotion._sql.journal",
        old=r"\(PROMOTIONS\.c\.key == before\.key\)\n +& ",
        new="",
        proof=f"{JOURNAL}::test_every_transition_is_in_the_history_with_who_and_when[sqlite]",
        killed_by="JournalError",
    ),
    Mutant(
        name="the notebook stays in the journal when it is over",
        module="nbcode.promotion._sql.journal",
        old=r"if not after\.needs_payload:",
        new="if not after:",
        proof=f"{JOURNAL}::test_a_failure_is_read_back_with_its_diagnostics_and_the_bytes_are_let_go[sqlite]",
    ),
    Mutant(
        name="a retry keeps its old place in the order",
        module="nbcode.promotion._sql.journal",
        old=r"renewed = sealed\(replace\(after, sequence=last \+ 1\)\)",
        new="renewed = after",
        proof=f"{JOURNAL}::test_the_order_is_the_journals_where_the_clocks_run_backwards[sqlite]",
    ),
    Mutant(
        name="the journal lists by the clocks",
        module="nbcode.promotion._sql.journal",
        old=r"order_by\(latest\.desc\(\)\)",
        new="order_by(PROMOTIONS.c.updated_at.desc())",
        proof=f"{JOURNAL}::test_the_order_is_the_journals_where_the_clocks_run_backwards[sqlite]",
    ),
    Mutant(
        name="what is begun again is written again",
        module="nbcode.promotion._sql.journal",
        old=r"if found is not None:",
        new="if found is not None and found.finished:",
        proof=f"{JOURNAL}::test_beginning_again_gives_what_is_there[sqlite]",
        killed_by="JournalError",
    ),
    Mutant(
        name="a locked journal is told as a broken one",
        module="nbcode.promotion._sql.refusals",
        old=r"if number in _LOCKED or state in _PG_LOCKED:",
        new="if state in _PG_LOCKED:",
        proof=f"{SQL}::test_a_journal_that_stays_locked_is_told",
    ),
    Mutant(
        name="a journal of a newer nbcode is used",
        module="nbcode.promotion.journal",
        old=r"if schema\.found <= schema\.known:\n        return\n",
        new="return\n",
        proof=f"{SQL}::test_a_journal_of_a_newer_nbcode_is_told",
    ),
    Mutant(
        name="the log beside a damaged journal stays",
        module="nbcode.promotion._sql.refusals",
        old=r"""\("-wal", "-shm", "-journal"\)""",
        new='("-shm", "-journal")',
        proof=f"{SQL}::test_the_fix_of_a_damaged_journal_works_as_it_is_typed",
    ),
    Mutant(
        name="of one promotion its own is later",
        module="nbcode.promotion.registering",
        old=r"p\.sequence > promotion\.sequence",
        new="p.sequence >= promotion.sequence",
        proof=f"{ALIAS}::test_of_two_that_were_begun_in_one_millisecond_the_second_in_the_journal_is_the_later",
    ),
    Mutant(
        name="the clocks say which began later",
        module="nbcode.promotion.registering",
        old=r"p\.sequence > promotion\.sequence",
        new="p.begun_at > promotion.begun_at",
        proof=f"{ALIAS}::test_of_two_that_were_begun_in_one_millisecond_the_second_in_the_journal_is_the_later",
    ),
    Mutant(
        name="what was superseded supersedes",
        module="nbcode.promotion.registering",
        old=r" and not p\.superseded",
        new="",
        proof=f"{ALIAS}::test_only_what_has_the_alias_by_right_is_a_later_candidate",
    ),
    Mutant(
        name="what is only registered supersedes",
        module="nbcode.promotion.registering",
        old=r"p\.state in \{State\.ALIASED, State\.DONE\}",
        new="p.state in {State.REGISTERED, State.ALIASED, State.DONE}",
        proof=f"{ALIAS}::test_only_what_has_the_alias_by_right_is_a_later_candidate",
    ),
    Mutant(
        name="a version under another number is aliased",
        module="nbcode.promotion.perform",
        old=r"if version is None or version\.version != promotion\.version:",
        new="if version is None:",
        proof=f"{ALIAS}::test_a_version_that_was_made_anew_under_another_number_is_not_aliased",
    ),
    Mutant(
        name="two may set the alias of one model at once",
        module="nbcode.commands.reconciling",
        old=r"return effect is Effect\.ALIAS or \(effect is Effect\.REGISTER and promotion\.refit_of is not None\)",
        new="return effect is Effect.REGISTER and promotion.refit_of is not None",
        proof=f"{ALIAS}::test_two_that_set_the_alias_at_the_same_time_leave_it_at_the_later",
    ),
    Mutant(
        name="the candidate of another project counts as moved",
        module="nbcode.promotion.registering",
        old=r"if actual is not None and actual not in ours and",
        new="if actual is not None and actual in ours and",
        proof=f"{PROMOTE}::test_in_a_shared_registry_the_candidate_of_another_project_is_no_moved_alias",
    ),
    Mutant(
        name="a full disk is the promotion's fault",
        module="nbcode.promotion.perform",
        old=r"I03 I15 ",
        new="I03 ",
        proof=f"{PROMOTE}::test_a_full_disk_is_told_as_such_and_the_promote_goes_on_another_day",
    ),
    Mutant(
        name="a registry that is away is the promotion's fault",
        module="nbcode.promotion.perform",
        old=r" I28",
        new="",
        proof=f"{PROMOTE}::test_a_registry_that_refuses_leaves_the_promote_where_it_is_and_resume_registers_it[NBC-I28-5]",
    ),
    Mutant(
        name="a journal that is away is the promotion's fault",
        module="nbcode.promotion.perform",
        old=r" I29 I36\"",
        new=' I36"',
        proof=f"{PROMOTE}::test_a_registry_that_refuses_leaves_the_promote_where_it_is_and_resume_registers_it[NBC-I29-5]",
    ),
    Mutant(
        name="a row can be moved in the order",
        module="nbcode.promotion.ownership",
        old=r""", "sequence"\)""",
        new=")",
        proof="nbcode/promotion/test_whose_it_is.py::test_a_row_that_was_changed_after_it_was_sealed_is_nobodys[sequence-7]",
    ),
    Mutant(
        name="a locked registry is the promotion's fault",
        module="nbcode.promotion.perform",
        old=r"I01 I03 ",
        new="I03 ",
        proof=f"{PROMOTE}::test_a_registry_that_refuses_leaves_the_promote_where_it_is_and_resume_registers_it[NBC-I01-5]",
    ),
    Mutant(
        name="what another machine did is done again",
        module="nbcode.promotion.reconcile",
        old=r"(promotion = journal\.read\(key\) or promotion\n) +waiting = effects_at\(promotion\.state\)\n",
        new="\\1",
        proof=f"{RECONCILE}::test_when_another_machine_was_two_steps_faster_what_it_did_is_not_done_again",
        killed_by="ValueError",
    ),
    Mutant(
        name="the gate of equality is that of difference",
        module="nbcode.promotion.gates",
        old=r""""==": operator\.eq""",
        new='"==": operator.ne',
        proof=f"{GATES}::test_a_gate_fails_exactly_when_its_comparison_is_false",
    ),
    Mutant(
        name="a look that found something meets the gate on foresight",
        module="nbcode.promotion.gates",
        old=r"none_found = look_ahead is not None and look_ahead\.verdict is Verdict\.NONE_FOUND",
        new="none_found = look_ahead is not None",
        proof=f"{GATES}::test_the_gate_on_foresight_is_met_by_a_look_that_came_to_it",
    ),
    Mutant(
        name="a look at a part is clean",
        module="nbcode.promotion.gates",
        old=r"gate\.value == _CLEAN and ",
        new="gate.value is None and ",
        proof=f"{GATES}::test_the_gate_on_foresight_is_met_by_a_look_that_came_to_it",
    ),
    Mutant(
        name="a stated figure meets its gate",
        module="nbcode.promotion.gates",
        old=r"_only_stated\(gate, gates, found\) if found",
        new="None if found",
        proof=f"{GATES}::test_a_figure_that_is_only_stated_meets_no_gate_and_the_way_to_take_it_works_when_typed",
    ),
    Mutant(
        name="each look is a trial",
        module="nbcode.trials._ledger",
        old=r"one\.key == trial\.key for",
        new="one is trial for",
        proof=f"{TRIALS}::test_a_trial_is_counted_once",
    ),
    Mutant(
        name="what was looked at later is told of a promotion",
        module="nbcode.trials.trial",
        old=r"one\.first_at <= until",
        new="one.first_at > ''",
        proof=f"{TRIALS}::test_what_was_looked_at_on_a_panel_is_counted_with_its_first_day",
    ),
    Mutant(
        name="a figure that is true is a number",
        module="nbcode.promotion.gates",
        old=r"isinstance\(got, bool\) or ",
        new="",
        proof=f"{GATES}::test_a_figure_that_is_no_number_fails_the_gate",
        killed_by="ValueError",
    ),
    Mutant(
        name="a dead holder's file is not swept",
        module="nbcode.promotion._lease",
        old=r"                path\.unlink\(\)",
        new="                path.stat()",
        proof=f"{FILES}::test_nothing_is_left_when_it_is_let_go",
    ),
    Mutant(
        name="asking whether a lease is free makes its file",
        module="nbcode.primitives.directory_lock",
        old=r"os\.O_RDONLY \| os\.O_CLOEXEC",
        new="os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC",
        proof=f"{FILES}::test_asking_whether_a_name_is_free_makes_nothing",
    ),
    Mutant(
        name="two may hold one lease",
        module="nbcode.promotion._lease",
        old=r"fcntl\.LOCK_EX \| fcntl\.LOCK_NB",
        new="fcntl.LOCK_SH | fcntl.LOCK_NB",
        proof=f"{LEASES}::test_a_name_is_held_against_the_same_process_too[files]",
    ),
)
