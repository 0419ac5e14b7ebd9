"""The ``[meta]`` block: what is right is read as YAML reads it, and what YAML reads in two ways is refused."""

from __future__ import annotations

import pytest
import yaml

from nbcode.notebook import Cell, Meta, read_meta
from nbcode.notebook.meta_lines import Entry, read_meta_lines

BASE = "# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: my-team\n"


def meta(more: str = "") -> Meta:
    reading = read_meta(Cell(index=1, kind="code", source=BASE + more, tag="meta"), "n.py")
    assert reading.diagnostics == ()
    assert reading.meta is not None
    return reading.meta


def codes(source: str) -> list[str]:
    return [
        d.code[-3:]
        for d in read_meta(Cell(index=1, kind="code", source=source, tag="meta"), "n.py").diagnostics
    ]


def test_the_four_required_keys_are_enough():
    assert meta() == Meta(id="xsmom_v3", kind="model", horizon="10d", horizon_sessions=10, owner="my-team")


def test_every_key_is_read():
    full = meta(
        "# data: sp500\n# description: Momentum, 20 and 60 days  # plain\n"
        '# inputs:\n#   macro: data/macro.csv\n#   rates: "s3://bucket/rates.parquet"\n'
        '# gates: {rank_ic: ">= 0.01", ic_t_newey_west: "> 2"}\n'
    )
    assert full.data == "sp500"
    assert full.description == "Momentum, 20 and 60 days"
    assert full.inputs == (("macro", "data/macro.csv"), ("rates", "s3://bucket/rates.parquet"))
    assert full.gates == (("rank_ic", ">=", 0.01), ("ic_t_newey_west", ">", 2.0))


@pytest.mark.parametrize(
    "source", [BASE.replace("# ", "#"), BASE.replace("# ", "#   "), "#\n\n" + BASE + "# # remark\n\n"]
)
def test_spacing_and_empty_lines_change_nothing(source: str):
    reading = read_meta(Cell(index=1, kind="code", source=source, tag="meta"), "n.py")
    assert reading.meta == meta()


def test_several_troubles_are_told_at_once():
    assert sorted(codes("# id: NO\n# kind: factor\n# horizon: 10\n# ownr: x\n#\tdata: x")) == [
        "C05",
        "C11",
        "C12",
        "C13",
        "C13",
    ]


def test_a_list_under_inputs_is_told_to_be_a_mapping():
    assert codes(BASE + "# inputs:\n#   - macro.csv") == ["C13"]


@pytest.mark.parametrize("horizon", ["10D", "0d", "010d", "2w", "d", "10 d", "-5d", "10.5d", "10days"])
def test_only_sessions_are_a_horizon(horizon: str):
    assert codes(BASE.replace("10d", horizon)) == ["C13"]


def plain(entry: Entry) -> object:
    if isinstance(entry.value, dict):
        return {key: plain(inner) for key, inner in entry.value.items()}
    return entry.value


VALUES = """
word
two words
a-b_c.d/e
10d
42
-7
1.5
-0.25
true
false
"quoted # text"
'single ''quotes'''
"escaped \\" quote \\u00e9"
"NO"
plain  # remark
a#b
http://example.org/x?y=z
{a: b, c: "d, e"}
{a: 1}
10%
a, b
(x)
2024
""".strip().splitlines()


@pytest.mark.parametrize("value", VALUES)
def test_what_is_accepted_is_read_as_yaml_reads_it(value: str):
    lines = read_meta_lines(f"# key: {value}")
    assert lines.troubles == ()
    assert plain(lines.entries["key"]) == yaml.safe_load(f"key: {value}")["key"]


REFUSED = "NO yes On off 010 0o17 0x1F 1_000 12:30:45 1:30 2024-01-31 .nan -.inf &a *a !t |x >= >a @x `x ?x y n 1e5 +5 9007199254740993 a:\tb".split(
    " "
)


@pytest.mark.parametrize("value", [v for v in REFUSED if v != "?x"])
def test_what_yaml_reads_in_two_ways_or_not_at_all_is_refused(value: str):
    assert read_meta_lines(f"# key: {value}").troubles
