"""Mistakes in the room `run`: limits, what is believed of a result, whose fault it is."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("hypothesis",)
REMAINS = "nbcode/run/test_remains.py"
VALUES = "nbcode/run/test_values.py"
MACHINE = "nbcode/run/test_machine.py"
STEPS = "nbcode/run/test_steps.py"
CONTRACT = "contract/test_runner_contract.py"

MUTANTS = (
    Mutant(
        name="as many files as are allowed are too many",
        module="nbcode.run.manifest",
        old=r"if count > limits\.output_files:",
        new="if count >= limits.output_files:",
        proof=f"{REMAINS}::test_what_is_exactly_at_a_limit_is_within_it",
    ),
    Mutant(
        name="as many bytes as are allowed are too many",
        module="nbcode.run.manifest",
        old=r"if size > limits\.output_bytes:",
        new="if size >= limits.output_bytes:",
        proof=f"{REMAINS}::test_what_is_exactly_at_a_limit_is_within_it",
    ),
    Mutant(
        name="a link may be left in the output",
        module="nbcode.run.manifest",
        old=r"if not \(stat\.S_ISREG\(status\.st_mode\) or stat\.S_ISDIR\(status\.st_mode\)\):",
        new="if stat.S_ISFIFO(status.st_mode):",
        proof=f"{VALUES}::test_too_much_output_or_what_is_no_plain_file_is_h06",
    ),
    Mutant(
        name="the result manifest lists itself",
        module="nbcode.run.manifest",
        old=r"relative not in \(RESULT_NAME, TIMED_NAME\)",
        new="relative != TIMED_NAME",
        proof=f"{VALUES}::test_a_result_manifest_survives_its_file_and_does_not_list_itself",
    ),
    Mutant(
        name="a kernel that was killed from outside failed by itself",
        module="nbcode.run.failures",
        old=r"if crash\.exit_code == -signal\.SIGKILL:",
        new="if crash.exit_code == signal.SIGKILL:",
        proof=f"{REMAINS}::test_a_kernel_that_somebody_killed_is_the_machines_turn_and_one_that_ended_itself_is_not",
    ),
    Mutant(
        name="a kernel that came to no cell is the notebook's fault",
        module="nbcode.run.failures",
        old=r"if position == 0 or _OPEN_FILES",
        new="if _OPEN_FILES",
        proof=f"{REMAINS}::test_a_kernel_that_never_came_to_a_cell_or_found_no_open_file_cannot_work_here",
    ),
    Mutant(
        name="the cell that is told is the next one",
        module="nbcode.run.failures",
        old=r"plan\.cells\[min\(position, len\(plan\.cells\)\) - 1\]",
        new="plan.cells[min(position, len(plan.cells) - 1)]",
        proof=f"{REMAINS}::test_the_cell_is_the_one_whose_frame_was_seen_else_the_last_that_was_begun",
    ),
    Mutant(
        name="a frame of a cell that is not there is believed",
        module="nbcode.run.failures",
        old=r"        if found\.group\(1\) in by_file:\n            return by_file\[found\.group\(1\)\], ",
        new="        if True:\n            return by_file.get(found.group(1)), ",
        proof=f"{REMAINS}::test_the_cell_is_the_one_whose_frame_was_seen_else_the_last_that_was_begun",
    ),
    Mutant(
        name="memory is told as time",
        module="nbcode.run.failures",
        old=r"""\}\[which\]""",
        new='}["time"]',
        proof=f"{REMAINS}::test_each_limit_is_told_as_itself",
    ),
    Mutant(
        name="a link is taken for the notebook",
        module="nbcode.run.executed",
        old=r"plain = stat\.S_ISREG\(left\.lstat\(\)\.st_mode\)",
        new="plain = stat.S_ISREG(left.stat().st_mode)",
        proof=f"{REMAINS}::test_only_a_plain_file_is_taken_for_the_notebook_with_its_times",
    ),
    Mutant(
        name="addresses make another artifact",
        module="nbcode.run.executed",
        old=r"""_ADDRESS\.sub\("0x0", places\.named\(value\)\)""",
        new="places.named(value)",
        proof=f"{VALUES}::test_the_executed_notebook_does_not_depend_on_comments_times_addresses_or_places",
    ),
    Mutant(
        name="the place of a cell makes another artifact",
        module="nbcode.run.executed",
        old=r"""_CELL_FILE\.sub\(r"<cell\\1>", (_ADDRESS\.sub\("0x0", places\.named\(value\)\))\)""",
        new="\\1",
        proof=f"{VALUES}::test_the_executed_notebook_does_not_depend_on_comments_times_addresses_or_places",
    ),
    Mutant(
        name="a path is found inside another's name",
        module="nbcode.run.executed",
        old=r"\(\?!\[\\w\.-\]\)",
        new="",
        proof=f"{VALUES}::test_the_executed_notebook_names_no_directory_of_this_machine",
    ),
    Mutant(
        name="a run that is over moves on",
        module="nbcode.run.machine",
        old=r"    if run\.over:\n        return run, \(\)\n",
        new="",
        proof=f"{MACHINE}::test_after_the_end_nothing_happens_any_more",
    ),
    Mutant(
        name="a run that is asked twice to end is ended twice",
        module="nbcode.run.machine",
        old=r"Phase\.CANCELLING: \{",
        new="Phase.CANCELLING: {CancelRequested: (Phase.CANCELLING, (Effect.END_PROCESSES,)),",
        proof=f"{MACHINE}::test_every_event_told_twice_changes_nothing",
    ),
    Mutant(
        name="a complaint after the processes ended is forgotten",
        module="nbcode.run.machine",
        old=r"DiagnosticReported: \(Phase\.FAILED, _RECORDED\),",
        new="",
        proof=f"{MACHINE}::test_a_complaint_while_the_result_is_read_is_a_failure",
    ),
    Mutant(
        name="the exit of the processes finishes a run",
        module="nbcode.run.machine",
        old=r"Exited: \(Phase\.READING, \(Effect\.READ_RESULT,\)\)",
        new="Exited: (Phase.FINISHED, (Effect.RECORD,))",
        proof=f"{MACHINE}::test_the_exit_of_the_processes_alone_finishes_nothing",
    ),
    Mutant(
        name="a result is taken without a look at what arrived",
        module="nbcode.run.manifest",
        old=r"if not _is_there\(result, beside\):",
        new="if False:",
        proof=f"{CONTRACT}::test_a_result_of_which_one_byte_is_another_is_not_taken[fake]",
    ),
    Mutant(
        name="half a result that lies there is kept",
        module="nbcode.run.manifest",
        old=r"return read_result\(at\) == result and list_files\(at\) == result\.files",
        new="return read_result(at) == result",
        proof=f"{CONTRACT}::test_a_result_is_fetched_whole_wherever_and_as_often_as_is_asked_for[fake]",
    ),
    Mutant(
        name="a step that is told late begins when it is told",
        module="nbcode.run.timeline",
        old=r"at = min\(max\(at_s - self\._began_s, self\._marks\[-1\]\[1\]\), at\)",
        new="pass",
        proof=f"{STEPS}::test_a_step_that_is_told_late_has_the_time_from_where_it_began",
    ),
    Mutant(
        name="a step of anyone's is believed",
        module="nbcode.run.steps",
        old=r"if step in KERNEL and",
        new="if",
        proof=f"{STEPS}::test_of_what_the_kernel_noted_each_is_told_once_and_only_its_own_steps_are_believed",
    ),
)
