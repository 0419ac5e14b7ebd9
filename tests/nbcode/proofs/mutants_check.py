"""Mistakes in what `nbcode check` tells code hosts: lines, paths, fingerprints, ids that two notebooks share."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("hypothesis", "jsonschema")
LINES = "nbcode/notebook/test_file_lines.py"
HOSTS = "nbcode/cli/test_code_hosts.py"
IDS = "nbcode/commands/test_checking_a_repository.py"

MUTANTS = (
    Mutant(
        name="every line of a cell stands where its first does",
        module="nbcode.notebook.file_lines",
        old=r"bisect_right\(begins, start\) - 1",
        new="0",
        proof=f"{LINES}::test_each_layout_that_editors_write",
    ),
    Mutant(
        name="a source line that ends in the middle of a text begins in the next text",
        module="nbcode.notebook.file_lines",
        old=r"bisect_right\(begins, start\) - 1",
        new="min(bisect_right(begins, start), len(written) - 1)",
        proof=f"{LINES}::test_each_layout_that_editors_write",
    ),
    Mutant(
        name="of two sources the first counts",
        module="nbcode.notebook.file_lines",
        old=r"""source = dict\(_members\(text, cell, "\{"\)\)\.get""",
        new="""source = dict(reversed(list(_members(text, cell, "{")))).get""",
        proof=f"{LINES}::test_of_two_sources_the_one_that_is_read_counts",
    ),
    Mutant(
        name="the same finding twice is one",
        module="nbcode.cli.code_hosts.findings",
        old=r"\{basis\}\\0\{seen\[basis\]\}",
        new="{basis}",
        proof=f"{HOSTS}::test_the_same_finding_twice_is_two",
    ),
    Mutant(
        name="paths are from where the job stands",
        module="nbcode.cli.code_hosts.findings",
        old=r"repository_root\(real\)",
        new='"."',
        proof=f"{HOSTS}::test_paths_do_not_hang_on_where_the_job_stands[sarif]",
    ),
    Mutant(
        name="annotations in the order of the files",
        module="nbcode.cli.code_hosts.github",
        old=r"key=lambda one: _WORST_FIRST\.index\(one\.severity\)",
        new="key=lambda one: 0",
        proof=f"{HOSTS}::test_github_reads_the_worst_first",
    ),
    Mutant(
        name="an id in another registry is the same model",
        module="nbcode.commands.same_ids",
        old=r"\(result\.graph\.meta\.id, _registry\(result, known\)\)",
        new='(result.graph.meta.id, "")',
        proof=f"{IDS}::test_in_another_registry_the_name_is_another_model",
    ),
    Mutant(
        name="a pair whose cells differ is one notebook",
        module="nbcode.commands.same_ids",
        old=r"\[0\], cells  #",
        new="[0]  #",
        proof=f"{IDS}::test_a_pair_of_jupytext_is_one_notebook_while_its_cells_are_the_same",
    ),
    Mutant(
        name="the modules of a folder are read for each of its notebooks",
        module="nbcode.notebook.opening",
        old=r"if folder not in known:",
        new="if True:",
        proof=f"{IDS}::test_the_work_grows_as_the_number_of_notebooks",
    ),
)
