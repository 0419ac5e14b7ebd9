"""Mistakes in what is printed for a cluster, and in what is asked of one."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("yaml",)
PARTS = "nbcode/deployment/test_what_a_template_promises.py"

MUTANTS = (
    Mutant(
        name="a container's environment is the administrator's",
        module="nbcode.deployment.template",
        old=r'_OF_A_CONTAINER = frozenset\(\{"image"',
        new='_OF_A_CONTAINER = frozenset({"env", "image"',
        proof=f"{PARTS}::test_what_decides_how_a_run_is_made_is_told_by_its_path",
    ),
    Mutant(
        name="a field that is there alone is no difference",
        module="nbcode.deployment.template",
        old=r"ours\.keys\(\) \| theirs\.keys\(\)",
        new="ours.keys() & theirs.keys()",
        proof=f"{PARTS}::test_what_decides_how_a_run_is_made_is_told_by_its_path",
    ),
    Mutant(
        name="results stay below the prefix that ships",
        module="nbcode.deployment.rendering",
        old=r'f"\{prefix\}/\{OUTPUT_KEY\}"\.lstrip\("/"\)',
        new='artifact["s3"]["key"]',
        proof=f"{PARTS}::test_a_template_that_was_filled_in_puts_results_below_the_prefix_and_is_the_shipped_one",
    ),
    Mutant(
        name="an Argo of one namespace serves all",
        module="nbcode.deployment.argo_installed",
        old=r'\(self\._said\("--managed-namespace"\) or self\.namespace\) == namespace',
        new="True",
        proof=f"{PARTS}::test_an_argo_of_a_namespace_serves_that_one_alone",
    ),
    Mutant(
        name="capabilities need not be dropped",
        module="nbcode.deployment.argo_installed",
        old=r'"ALL" not in',
        new='"NONE" in',
        proof=f"{PARTS}::test_what_argos_containers_lack_is_read_in_either_form",
    ),
    Mutant(
        name="an anchor's two places are one thing",
        module="nbcode.deployment._shipped",
        old=r"json\.loads\(json\.dumps\(one\)\)",
        new="one",
        proof=f"{PARTS}::test_what_decides_how_a_run_is_made_is_told_by_its_path",
    ),
)
