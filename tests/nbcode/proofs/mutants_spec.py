"""Mistakes in the room `spec`: what a spec is, and what is believed to be one."""

from __future__ import annotations

from mutation.harness import Mutant

PRELOAD = ("hypothesis", "jsonschema", "rfc8785")
CODEC = "nbcode/spec/test_codec.py"
IDENTITY = "nbcode/spec/test_identity.py"

MUTANTS = (
    Mutant(
        name="the date column is no part of what a spec is",
        module="nbcode.spec.identity",
        old=r"""        "date_column": pinned\.date_column,\n""",
        new="",
        proof=f"{IDENTITY}::test_any_other_field_changes_the_digest",
    ),
    Mutant(
        name="parameters are no part of what a spec is",
        module="nbcode.spec.identity",
        old=r"""        "parameters": to_plain\(spec\.parameters\),\n""",
        new="",
        proof=f"{IDENTITY}::test_any_other_field_changes_the_digest",
    ),
    Mutant(
        name="the role of an input is no part of what a spec is",
        module="nbcode.spec.identity",
        old=r"""        "role": str\(pinned\.role\),\n""",
        new="",
        proof=f"{IDENTITY}::test_any_other_field_changes_the_digest",
    ),
    Mutant(
        name="the Python version makes another spec",
        module="nbcode.spec.identity",
        old=r"""("lock_digest": str\(spec\.environment\.lock_digest\),)""",
        new='\\1 "python": spec.environment.python_version,',
        proof=f"{IDENTITY}::test_what_follows_from_identity_does_not_change_the_digest",
    ),
    Mutant(
        name="the order of cells does not count",
        module="nbcode.spec.identity",
        old=r"for cell in spec\.cells\]",
        new="for cell in sorted(spec.cells, key=str)]",
        proof=f"{IDENTITY}::test_order_of_cells_number_of_inputs_and_type_of_a_parameter_matter",
    ),
    Mutant(
        name="2**53 is read as an integer",
        module="nbcode.spec.codec",
        old=r"abs\(int\(text\)\) < 2\*\*53",
        new="abs(int(text)) <= 2**53",
        proof=f"{CODEC}::test_a_number_at_the_edge_of_exact_integers_comes_back_as_what_it_was",
    ),
    Mutant(
        name="the largest exact integer is read as a float",
        module="nbcode.spec.codec",
        old=r"abs\(int\(text\)\) < 2\*\*53",
        new="abs(int(text)) < 2**53 - 1",
        proof=f"{CODEC}::test_a_number_at_the_edge_of_exact_integers_comes_back_as_what_it_was",
    ),
    Mutant(
        name="a key may stand twice",
        module="nbcode.spec.codec",
        old=r"if len\(found\) != len\(pairs\):",
        new="if len(found) > len(pairs):",
        proof=f"{CODEC}::test_what_is_no_spec_is_refused_by_type",
    ),
    Mutant(
        name="NaN is a number",
        module="nbcode.spec.codec",
        old=r"""raise ValueError\(f"\{text\} is not a JSON number"\)""",
        new="return float(text)",
        proof=f"{CODEC}::test_what_is_no_spec_is_refused_by_type",
    ),
    Mutant(
        name="a number beyond all floats is let in",
        module="nbcode.spec.codec",
        old=r"if not math\.isfinite\(value\):",
        new="if math.isnan(value):",
        proof=f"{CODEC}::test_what_is_no_spec_is_refused_by_type",
    ),
    Mutant(
        name="a migration is left out where two are needed",
        module="nbcode.spec.migrations",
        old=r"while isinstance\(version, int\)",
        new="if isinstance(version, int)",
        proof=f"{CODEC}::test_migrations_run_one_version_at_a_time_in_order",
    ),
    Mutant(
        name="a version that was never written is read",
        module="nbcode.spec.migrations",
        old=r"if version == current:",
        new="if isinstance(version, int) and version <= current:",
        proof=f"{CODEC}::test_version_zero_was_never_written",
    ),
)
