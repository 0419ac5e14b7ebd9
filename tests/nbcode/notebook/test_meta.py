"""The ``[meta]`` block: what is right is read as YAML reads it, and what YAML reads in two ways is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from alpha_bench.describe import AlphaBenchError, yaml_node
from nbcode.notebook import Cell, Meta, read_meta
from nbcode.notebook.meta_lines import read_meta_lines
from nbcode.notebook.meta_values import PLAIN_WORDS, Entry

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


@pytest.mark.parametrize("written", ["2024-06-28", '"2024-06-28"', "'2024-06-28'"])
def test_a_point_in_time_is_a_day(written: str):
    assert meta(f"# as_of: {written}\n").as_of == "2024-06-28"


@pytest.mark.parametrize("written", ["2024-06-31", "28.06.2024", "today", "2024-06-28T16:00", "20240628"])
def test_another_point_in_time_is_refused(written: str):
    assert codes(BASE + f"# as_of: {written}") in (["C13"], ["C06"])


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
    ("line", "gate"),
    [
        ("gates: {foresight: clean}", ("foresight", "==", "clean")),
        ("gates:\n#   foresight: none found", ("foresight", "==", "none found")),
        ('gates: {foresight: "clean"}', ("foresight", "==", "clean")),
    ],
)
def test_the_verdict_on_foresight_is_a_gate(line: str, gate):
    assert meta(f"# {line}\n").gates == (gate,)


@pytest.mark.parametrize("wrong", ["cleen", "found", '">= 1"', "none"])
def test_a_verdict_that_there_is_not_is_refused_with_a_fix_that_works(wrong: str):
    source = f"{BASE}# gates: {{foresight: {wrong}}}\n"
    cell = Cell(index=1, kind="code", source=source, tag="meta")
    (found,) = read_meta(cell, "n.py").diagnostics
    assert (found.code, found.place.line, found.fix_titles) == ("NBC-C13", 5, ("write foresight: clean",))
    assert meta("# gates: {foresight: clean}\n").gates == (("foresight", "==", "clean"),)


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


HORIZONS = [
    ("1w", "5d"), ("2 weeks", "10d"), ("1mo", "21d"), ("3 months", "63d"), ("1q", "63d"), ("1Y", "252d"),
    ("10D", "10d"), ("10 d", "10d"), ("10days", "10d"), ("5m", None), ("1h", None), ("0d", None), ("99y", None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), HORIZONS)
def test_a_horizon_in_another_unit_is_answered_in_sessions(written: str, meant: str | None):
    reading = read_meta(Cell(index=1, kind="code", source=BASE.replace("10d", written), tag="meta"), "n.py")
    (found,) = reading.diagnostics
    assert found.fix_titles == (f"write horizon: {meant or '10d'}",)
    assert bool(found.fixes[0].edits) is (meant is not None)
    typed = found.fix_titles[0].removeprefix("write ")
    again = BASE.replace("horizon: 10d", typed)
    assert codes(again) == []


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("# owner:me", "write # owner: me"),
        ("# inputs:\n#   macro:data/macro.csv", "write #   macro: data/macro.csv"),
        ("# inputs:\n#\tmacro: data/macro.csv", "put spaces in the place of the tab: write `#   macro: data/macro.csv`"),
        ("#\towner: me", "put spaces in the place of the tab: write `# owner: me`"),
    ],
)  # fmt: skip
def test_what_separates_a_key_is_told_with_the_line_to_write(line: str, fix: str):
    base = BASE.replace("# owner: my-team\n", "") if "owner" in line else BASE
    found = read_meta(Cell(index=1, kind="code", source=base + line, tag="meta"), "n.py").diagnostics
    told = [one for one in found if one.code in {"NBC-C19", "NBC-C11"}]
    assert [one.fix_titles[0] for one in told] == [fix]
    assert told[0].place is not None
    assert told[0].place.line == (base + line).count("\n") + 1
    written = fix.partition("write ")[2].strip("`")
    assert codes(base + line.rpartition("\n")[0] + "\n" + written) == []


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
    assert lines.problems == ()
    assert plain(lines.entries["key"]) == yaml.safe_load(f"key: {value}")["key"]


REFUSED = "NO yes On off 010 0o17 0x1F 1_000 12:30:45 1:30 2024-01-31 .nan -.inf &a *a !t |x >= >a @x `x ?x y n 1e5 +5 9007199254740993 a:\tb".split(
    " "
)


@pytest.mark.parametrize("value", [v for v in REFUSED if v != "?x"])
def test_what_yaml_reads_in_two_ways_or_not_at_all_is_refused(value: str):
    assert read_meta_lines(f"# key: {value}").problems


PARTS = st.lists(
    st.sampled_from(
        [*"abnyoNEx019._-:,#'\"{}[]&*!|>%@`?~=+\\/ ", "  ", ": ", " #", "true", "null", "é", "\u2028", "\\u00e9", "\\ud83d\\ude00", "<<"]
    ),
    max_size=8,
).map("".join)  # fmt: skip
KEYS = st.sampled_from(["key", "a_b", "n", "id"])


def as_read_by_models(text: str) -> object:
    """What the YAML reader of models makes of a line, or None where it refuses it."""
    try:
        node = yaml_node(text)
    except AlphaBenchError:
        return None
    assert node.kind == "entries"
    return {
        key: {k: v.value for k, v in inner.nodes.items() if v.kind == "scalar"}
        if inner.kind == "entries"
        else getattr(inner, "value", None)
        for key, inner in node.nodes.items()
    }


@given(KEYS, PARTS)
@example("key", "10d")
@example("key", "'a' # b")
@example("key", "{a: 1, b: '2'}")
def test_what_is_accepted_is_one_value_for_every_yaml_reader(key: str, value: str):
    line = f"{key}: {value}".rstrip()
    lines = read_meta_lines(f"# {line}")
    if lines.problems or not lines.entries:
        return
    read = {name: plain(entry) for name, entry in lines.entries.items()}
    assert read == as_read_by_models(line)
    assert read == yaml.safe_load(line)


@given(st.from_regex(PLAIN_WORDS, fullmatch=True, alphabet=st.characters(codec="ascii")))
def test_a_line_of_plain_words_is_read_without_a_reader_as_the_reader_reads_it(line: str):
    found = PLAIN_WORDS.fullmatch(line)
    assert found is not None
    node = yaml_node(line)
    assert node.kind == "entries"
    ((key, value),) = node.nodes.items()
    assert value.kind == "scalar"
    assert (key, value.text, value.style) == (found["key"], found["value"] or "", None)


def test_control_a_word_that_two_readers_read_in_two_ways_would_be_seen():
    assert as_read_by_models("key: no") == {"key": "no"}
    assert yaml.safe_load("key: no") == {"key": False}
    assert read_meta_lines("# key: no").problems


def test_indentation_is_what_yaml_takes_it_for():
    assert codes("#  id: xsmom_v3\n# kind: model\n#  horizon: 10d\n#  owner: me")[:1] == ["C19"]
    assert codes(BASE + "# inputs:\n#   a: x.csv\n#    b: y.csv") == ["C19"]
    assert codes(BASE + "# inputs:\n#   a:\n#     b: y.csv")[0] == "C19"
    assert meta("# inputs:\n#      a: x.csv\n#      b: y.csv").inputs == (("a", "x.csv"), ("b", "y.csv"))


def test_a_block_of_plain_words_imports_no_yaml_library():
    code = (
        "import sys\nfrom nbcode.notebook.meta_lines import read_meta_lines\n"
        f"assert len(read_meta_lines({BASE!r}).entries) == 4\n"
        "assert 'yaml' not in sys.modules\n"
        "read_meta_lines('# gates: {ic: 1}')\nassert 'yaml' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_result_is_said_by_expressions_in_one_form():
    full = meta(
        "# model: models[5][\"xgb\"]   # the best\n# report:\n#   ic: ics['xgb']\n#   t: f(x, y=1).tvalues.iloc[0]\n"
    )
    assert full.model is not None
    assert (full.model.text, full.model.names, full.model.line) == ("models[5]['xgb']", ("models",), 5)
    assert [(k, e.text, e.line) for k, e in full.expressions[1:]] == [
        ("report.ic", "ics['xgb']", 7),
        ("report.t", "f(x, y=1).tvalues.iloc[0]", 8),
    ]
    quoted = meta("# model: \"[a, b]\"\n# report: {ic: ic.mean(), best: 'max(x for x in ics)'}\n")
    assert quoted.model is not None
    assert quoted.model.names == ("a", "b")
    assert dict(quoted.figures)["best"].names == ("ics", "max")
    whole = meta("# report: metrics\n")
    assert whole.report is not None
    assert (whole.report.text, whole.figures) == ("metrics", ())


def test_a_signal_has_its_kind():
    read = read_meta(
        Cell(index=1, kind="code", source=BASE.replace("model", "signal") + "# signal: z", tag="meta"), "n.py"
    )
    assert read.meta is not None
    assert read.meta.kind == "signal"
    assert read.meta.signal is not None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("# model: (x := 3)", ["C20"]),
        ("# model: a +", ["C20"]),
        ("# model: \"f'{x}'\"", ["C20"]),
        ('# model: "x; y"', ["C20"]),
        ('# model: "(yield)"', ["C20"]),
        ("# model: '" + "(" * 300 + ")" * 300 + "'", ["C20"]),
        ("# model: '" + "a" * 1001 + "'", ["C20"]),
        ("# model: [a, b]", ["C13"]),
        ("# model: 5", ["C13"]),
        ("# report:\n#   ic: 5", ["C13"]),
        ("# report: {}", ["C13"]),
        ("# report:\n#   ic: import os", ["C20"]),
        ("# signal: z", ["C21"]),
        ("# modle: x", ["C12"]),
    ],
)
def test_what_is_no_expression_is_refused(more: str, expected: list[str]):
    assert codes(BASE + more) == expected


def test_a_signal_is_named_and_takes_no_model():
    signal = BASE.replace("kind: model", "kind: signal")
    assert codes(signal) == ["C18"]
    assert codes(signal + "# signal: z\n# model: m") == ["C21"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("modle", "model"), ("reprot", "report"), ("singal", "signal"), ("input", "inputs")],
)
def test_the_nearest_key_is_named(written: str, meant: str):
    read = read_meta(Cell(index=1, kind="code", source=BASE + f"# {written}: x", tag="meta"), "n.py")
    assert f"did you mean `{meant}`?" in read.diagnostics[0].message


@pytest.mark.parametrize(
    ("line", "code", "fix"),
    [
        ("# model: {pca: pca, net: nets[0]}", "C19", "quote the whole value"),
        ('# model: {xgb: fitted["xgb"]}', "C19", "quote the whole value"),
        ("# model: {pca: pca, net: net}", "C13", "write model: \"{'pca': pca, 'net': net}\""),
        ("# model: \"{'pca': pca\"", "C20", "write a name"),
        ("# description: {a: b", "C19", "close it"),
    ],
)
def test_a_mapping_where_an_expression_belongs_is_told_with_the_quotes(line: str, code: str, fix: str):
    reading = read_meta(Cell(index=1, kind="code", source=BASE + line, tag="meta"), "n.py")
    (told,) = reading.diagnostics
    assert told.code == f"NBC-{code}"
    assert told.fix_titles[0].startswith(fix)
    if code == "C13":
        written = fix.removeprefix("write ")
        assert str(meta(f"# {written}\n").model.text) == "{'pca': pca, 'net': net}"  # type: ignore[union-attr]


def test_declared_inputs_are_read_also_where_another_key_is_wrong():
    source = BASE.replace("10d", "ten") + "# inputs:\n#   a: x.csv\n#   b: 3\n"
    reading = read_meta(Cell(index=1, kind="code", source=source, tag="meta"), "n.py")
    assert reading.meta is None
    assert reading.inputs == (("a", "x.csv"),)
