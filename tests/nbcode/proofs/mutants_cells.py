"""Mistakes in the room `cells`: guards against false findings before all."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("hypothesis",)
GUARDS = "nbcode/cells/test_no_false_findings.py"
NAMES = "nbcode/cells/test_names_over_cells.py"
SCOPES = "nbcode/cells/test_scopes.py"
DIGEST = "nbcode/cells/test_code_digest.py"
IPYTHON = "nbcode/cells/test_ipython_lines.py"
CARRIERS = "nbcode/cells/test_carriers.py"
KNOWN = "nbcode/cells/test_known_before_the_run.py"

MUTANTS = (
    Mutant(
        name="popitem changes nothing",
        module="nbcode.cells.scopes",
        old=r"""\{"pop", "popitem", "setdefault"\}""",
        new='{"pop", "setdefault"}',
        proof=f"{GUARDS}::test_what_takes_from_a_dict_changes_it_also_where_its_value_is_used",
        arguments=("q.popitem()",),
    ),
    Mutant(
        name="a hidden change survives a rebinding",
        module="nbcode.cells.flow",
        old=r"(owners\[event\.name\] = Origin\(facts=facts, event=event\)\n) +changed\.pop\(event\.name, None\)\n",
        new="\\1",
        proof=f"{GUARDS}::test_what_is_bound_anew_after_an_exploratory_change_is_not_told_as_changed",
    ),
    Mutant(
        name="setting an option of a module is a change of it",
        module="nbcode.cells.flow",
        old=r""" or owner\.event\.how == "import":""",
        new=":",
        proof=f"{GUARDS}::test_an_option_of_an_imported_module_may_be_set",
    ),
    Mutant(
        name="an exploratory option of a module is a hidden change",
        module="nbcode.cells.flow",
        old=r"""return owner\.event\.how != "import" and not event\.deferred""",
        new="return not event.deferred",
        proof=f"{GUARDS}::test_an_exploratory_cell_may_set_an_option_of_an_imported_module_and_change_what_is_not_read_later",
    ),
    Mutant(
        name="a name that an except clause borrowed is gone",
        module="nbcode.cells.flow",
        old=r"self\.bound\[event\.name\] = before",
        new="self.bound.pop(event.name, None)",
        proof=f"{GUARDS}::test_a_name_that_an_except_clause_borrows_is_taken_to_be_there_afterwards",
    ),
    Mutant(
        name="an except clause leaves its name behind",
        module="nbcode.cells.flow",
        old=r"if before is None:\n +self\.bound\.pop\(event\.name, None\)",
        new="if before is None:\n                    pass",
        proof=f"{GUARDS}::test_a_name_that_an_except_clause_borrows_is_taken_to_be_there_afterwards",
    ),
    Mutant(
        name="a class lends its names to its methods",
        module="nbcode.cells.local_names",
        old=r""" and \(direct or here\.kind != "class"\)""",
        new="",
        proof=f"{GUARDS}::test_methods_do_not_see_the_names_of_their_class",
    ),
    Mutant(
        name="what comes later is there for a function that is called now",
        module="nbcode.cells.flow",
        old=r"elif name in self\.anywhere and not is_provided\(name\) and name not in reported:",
        new="elif False:",
        proof=f"{GUARDS}::test_a_deferred_read_of_what_comes_later_in_the_notebook_is_no_finding",
    ),
    Mutant(
        name="a function that is not called needs its names at once",
        module="nbcode.cells.flow",
        old=r"if event\.deferred and name in self\.anywhere:",
        new="if False:",
        proof=f"{GUARDS}::test_a_deferred_read_of_what_comes_later_in_the_notebook_is_no_finding",
    ),
    Mutant(
        name="every call of a function reads what stands in a branch",
        module="nbcode.cells.scopes",
        old=r" and not e\.conditional\n",
        new="\n",
        proof=f"{NAMES}::test_names",
    ),
    Mutant(
        name="catching a NameError does not help",
        module="nbcode.cells.scopes",
        old=r"max\(self\._guard, guard\)",
        new="self._guard",
        proof=f"{NAMES}::test_names",
    ),
    Mutant(
        name="importing a module again changes it",
        module="nbcode.cells.flow",
        old=r"""\n +and \(event\.how, owner\.event\.how\) != \("import", "import"\)""",
        new="",
        proof=f"{NAMES}::test_names",
    ),
    Mutant(
        name="a change where the value is used is every change",
        module="nbcode.cells.scopes",
        old=r"elif node\.func\.attr in _MUTATES_ALWAYS:",
        new="elif node.func.attr in _MUTATES_ALWAYS | _MUTATES_AS_STATEMENT:",
        proof=f"{SCOPES}::test_what_changes_nothing_in_place_is_not",
    ),
    Mutant(
        name="True and 1 are one constant",
        module="alpha_bench.runtime.syntax_tree",
        old=r"""value is Ellipsis or isinstance\(value, bool\):(\n +return b"<")""",
        new=r"value is Ellipsis:\1",
        proof=f"{DIGEST}::test_values_that_compare_equal_are_told_apart",
    ),
    Mutant(
        name="the length of a text is not written",
        module="alpha_bench.runtime.syntax_tree",
        old=r"""return b"s%d:" % len\(text\) \+ text""",
        new='return b"s:" + text',
        proof=f"{DIGEST}::test_digests_are_those_of_the_golden_file",
    ),
    Mutant(
        name="a magic inside a text is a magic",
        module="nbcode.cells.ipython",
        old=r"if inside\.begins and ",
        new="if ",
        proof=f"{IPYTHON}::test_signs_inside_texts_and_brackets_are_python",
    ),
    Mutant(
        name="a magic that computes is left out",
        module="nbcode.cells.ipython",
        old=r"rest in _HARMLESS_EXTENSIONS",
        new="True",
        proof=f"{IPYTHON}::test_what_computes_or_reaches_the_machine_is_refused_as_what_it_is",
        arguments=("%load_ext cudf.pandas\ny = 1",),
    ),
    Mutant(
        name="an exploratory future import holds for the run",
        module="nbcode.cells.analysis",
        old=r"lazy_annotations=lazy_tagged if cell\.tag else lazy",
        new="lazy_annotations=lazy",
        proof=f"{IPYTHON}::test_future_annotations_of_a_cell_hold_for_the_cells_below",
    ),
    Mutant(
        name="a local name is a namespace of the platform",
        module="nbcode.cells.facts",
        old=r"return \(name\.id, name\.lineno, name\.col_offset\) in self\.source\.module_reads",
        new="return True",
        proof=f"{GUARDS}::test_a_local_called_inputs_reads_no_declared_input",
    ),
    Mutant(
        name="a name is shadowed where nobody reads it",
        module="nbcode.cells.rules.d23_shadowed_name",
        old=r" or name not in lost:",
        new=":",
        proof=f"{GUARDS}::test_a_provided_name_is_shadowed_only_where_its_meaning_is_also_read",
    ),
    Mutant(
        name="a column that is built on itself is the same again",
        module="nbcode.cells.repeating",
        old=r"_part\(node\) == own:\n +return True\n +if isinstance\(node, ast\.Call\) and _across",
        new="_part(node) == own:\n            return False\n        if isinstance(node, ast.Call) and _across",
        proof=f"{GUARDS}::test_another_cells_value_is_told_as_changed_only_where_a_second_run_differs",
        arguments=('df["x"] = df["x"] * 2', True),
    ),
    Mutant(
        name="a marker in the middle of a cell cuts nothing",
        module="nbcode.notebook.carriers",
        old=r"cut_at=rest\[0\]\[0\] if rest else None",
        new="cut_at=None",
        proof=f"{CARRIERS}::test_the_finding_is_there_exactly_where_jupytexts_own_percent_form_has_other_digests",
        arguments=("x = features.ret(20)\n# %% cleaned\nx = cs.zscore(x)",),
    ),
    Mutant(
        name="a parameter that is missing is not missed",
        module="nbcode.cells.rules.d32_wrong_call",
        old=r"if parameter not in given\]",
        new="if False]",
        proof=f"{KNOWN}::test_a_call_that_cannot_be_made_is_told",
        arguments=("ts.mean(data.close)",),
    ),
)
