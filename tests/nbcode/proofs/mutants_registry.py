"""Mistakes in the room `registry`: what it must not take for its own, must not believe, must not give up too early."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("hypothesis", "mlflow.tracking", "mlflow.exceptions", "pandas")
GUARDS = "nbcode/registry/test_registry_guards.py"
CONTRACT = "contract/test_registry_contract.py"

MUTANTS = (
    Mutant(
        name="another artifact of the same spec is let through",
        module="nbcode.registry._mlflow",
        old=r"if found\.artifact_digest != wanted\.artifact_digest:",
        new="if found.spec_digest != wanted.spec_digest:",
        proof=f"{CONTRACT}::test_another_artifact_of_the_same_spec_is_refused[mlflow]",
    ),
    Mutant(
        name="the candidate is not moved",
        module="nbcode.registry._mlflow",
        old=r"if _aliases\(client, version\.model\)\.get\(CANDIDATE\) != version\.version:",
        new="if _aliases(client, version.model).get(CANDIDATE) is None:",
        proof=f"{CONTRACT}::test_the_candidate_is_the_version_it_was_set_to[mlflow]",
    ),
    Mutant(
        name="versions come oldest first",
        module="nbcode.registry._mlflow",
        old=r"key=lambda v: int\(v\.version\), reverse=True",
        new="key=lambda v: int(v.version)",
        proof=f"{CONTRACT}::test_the_candidate_is_the_version_it_was_set_to[mlflow]",
    ),
    Mutant(
        name="tags of others make a version ours",
        module="nbcode.registry._mlflow",
        old=r"""return f"\{TAG\}key" in found\.tags""",
        new="return any(name.startswith(TAG) for name in found.tags)",
        proof=f"{GUARDS}::test_a_version_without_our_key_is_nobody_of_ours",
    ),
    Mutant(
        name="a schema that is not known is read",
        module="nbcode.registry._sqlite_read",
        old=r"connection if revisions and revisions <= KNOWN_REVISIONS else",
        new="connection if revisions else",
        proof=f"{GUARDS}::test_a_glance_at_a_schema_that_is_not_known_sees_nothing_though_the_tables_look_alike",
    ),
    Mutant(
        name="deleted versions are seen",
        module="nbcode.registry._sqlite_read",
        old=r" AND v\.current_stage != 'Deleted_Internal'",
        new="",
        proof=f"{GUARDS}::test_a_glance_sees_newest_first_and_not_what_was_deleted",
    ),
    Mutant(
        name="what others registered hides what is ours",
        module="nbcode.registry._sqlite_read",
        old=r"""\n +if f"\{TAG\}key" in tags\[number\]""",
        new="",
        proof=f"{GUARDS}::test_a_glance_leaves_out_what_others_registered_though_it_has_a_tag_that_looks_like_ours",
    ),
    Mutant(
        name="any alias is the candidate's",
        module="nbcode.registry._sqlite_read",
        old=r"WHERE name = \? AND alias = \? AND",
        new="WHERE name = ? AND alias >= ? AND",
        proof=f"{GUARDS}::test_a_glance_knows_the_candidate_by_its_own_alias_alone",
    ),
    Mutant(
        name="what a dead predecessor staged is logged too",
        module="nbcode.registry._staging",
        old=r"    shutil\.rmtree\(directory, ignore_errors=True\)\n    model = ",
        new="    model = ",
        proof=f"{GUARDS}::test_what_a_dead_predecessor_staged_is_not_logged_and_nothing_stays_staged",
    ),
    Mutant(
        name="a changed model is refused without its code",
        module="nbcode_runtime.loading",
        old=r"    if found:\n",
        new="    if not found:\n",
        proof=f"{GUARDS}::test_a_model_whose_bytes_are_not_those_of_its_name_is_not_loaded",
    ),
    Mutant(
        name="a torn empty database is used",
        module="nbcode.registry._mlflow",
        old=r"""if connection\.execute\("PRAGMA quick_check"\)\.fetchone\(\) == \("ok",\):""",
        new='if connection.execute("PRAGMA user_version").fetchone() == (0,):',
        proof=f"{GUARDS}::test_a_kept_empty_database_that_is_torn_is_not_used",
    ),
    Mutant(
        name="a lock is not waited for",
        module="nbcode.registry._mlflow",
        old=r"""if diagnostic\.code != "NBC-I01" or time""",
        new='if diagnostic.code == "NBC-I01" or time',
        proof=f"{GUARDS}::test_a_lock_that_goes_away_is_waited_for",
        killed_by="RegistryError",
    ),
    Mutant(
        name="what is no lock is tried again",
        module="nbcode.registry._mlflow",
        old=r"""if diagnostic\.code != "NBC-I01" or time\.monotonic\(\) >= until_s:""",
        new="if time.monotonic() >= until_s or len(str(error)) > 100:",
        proof=f"{GUARDS}::test_what_is_no_lock_is_not_tried_again_and_a_lock_not_for_ever",
    ),
    Mutant(
        name="a glance takes another alias for the candidate",
        module="nbcode.registry._sqlite_registered",
        old=r"execute\(_ALIASES, \(CANDIDATE,\)\)",
        new='execute(_ALIASES, ("champion",))',
        proof=f"{CONTRACT}::test_what_is_registered_is_told_with_owner_candidate_and_figures[process]",
    ),
    Mutant(
        name="a glance reads the figures of every version",
        module="nbcode.registry._sqlite_registered",
        old=r"runs_wanted\(found, figures\)",
        new="runs_wanted(found, Figures.ALL)",
        proof=f"{CONTRACT}::test_figures_come_of_the_versions_that_they_are_asked_of[process]",
    ),
)
