"""The text of nbcode.toml -> a configuration, or every problem with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.configuration import (
    KEYS,
    NO_DEFAULT,
    Config,
    DatasetConfig,
    RefitConfig,
    RunConfig,
    commented_file,
    read_config,
    reference_page,
)
from nbcode.inputs.declared import unknown_dataset

HERE = Path("/project/nbcode.toml")


def codes(text: str) -> list[tuple[str, int | None]]:
    found = read_config(text, HERE).diagnostics
    return [(d.code.removeprefix("NBC-"), d.place.line if d.place else None) for d in found]


def test_the_configuration_of_the_real_panel_reads_as_written() -> None:
    text = """
[data.sp500]
prices = "../shared/data/sp500.parquet"   # long
reference = "../shared/data/reference.csv"
derive = { shares_outstanding = "market_cap_usd / price_usd" }
[defaults]
data = "sp500"
"""
    reading = read_config(text, HERE)
    assert reading.diagnostics == ()
    assert reading.config == Config(
        path=HERE,
        datasets=(
            DatasetConfig(
                name="sp500",
                prices=Path("/project/../shared/data/sp500.parquet"),
                prices_uri="../shared/data/sp500.parquet",
                reference=Path("/project/../shared/data/reference.csv"),
                reference_uri="../shared/data/reference.csv",
                derive=(("shares_outstanding", "market_cap_usd / price_usd"),),
            ),
        ),
        defaults_data="sp500",
    )


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://db.example/nbcode",
        "postgresql://quant@db.example:5432/nbcode?sslmode=verify-full",
        "postgresql://a.example,b.example:5433/nbcode?target_session_attrs=read-write",
        "postgresql:///nbcode?host=/var/run/postgresql",
    ],
)
def test_the_address_of_a_journal_reads_as_written(uri: str) -> None:
    reading = read_config(f'[journal]\nuri = "{uri}"\n', HERE)
    assert reading.diagnostics == ()
    assert reading.config is not None
    assert reading.config.journal_uri == uri


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://quant:hunter2@db/nbcode",
        "postgresql://:hunter2@db/nbcode",
        "postgresql://quant%3Ahunter2@db/nbcode",
        "postgresql://quant@db:hunter2@x/nbcode",
        "postgresql://quant@db/nbcode?password=hunter2",
        "postgresql://quant@db/nbcode?sslpassword=hunter2",
        "quant:hunter2@db/nbcode",
        "http://quant:hunter2@db/nbcode",
    ],
)
def test_a_password_in_the_address_of_a_journal_is_refused_and_never_repeated(uri: str) -> None:
    (found,) = read_config(f'# words\n[journal]\nuri = "{uri}"\n', HERE).diagnostics
    assert (found.code, found.place and found.place.line) == ("NBC-C35", 3)
    assert "hunter2" not in str(found)
    assert "PGPASSWORD" in found.fix_titles[0]
    assert "~/.pgpass" in found.fix_titles[0]


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite:///journal.db",
        "postgres://db/nbcode",
        "postgresql+psycopg2://db/nbcode",
        "db/nbcode",
        "postgresql://db/nbcode?options=-csearch_path%3Devil",
        "postgresql://db/nbcode?passfile=/tmp/x",
        "postgresql://db/nbcode#x",
        "",
        " ",
    ],
)
def test_what_is_no_address_of_a_journal_is_refused(uri: str) -> None:
    assert codes(f'[journal]\nuri = "{uri}"\n') == [("C31", 2)]


def test_the_commented_file_means_what_no_file_means() -> None:
    reading = read_config(commented_file(), HERE)
    assert reading.diagnostics == ()
    assert reading.config == Config(path=HERE)


def test_the_commented_file_with_every_comment_taken_off_is_valid() -> None:
    wanted = {f"# {key.name} = " for key in KEYS} | {"# [data.sp500]"}
    lines = commented_file().splitlines()
    text = "\n".join(
        line.removeprefix("# ") if any(line.startswith(w) for w in wanted) else line for line in lines
    )
    reading = read_config(text, HERE)
    assert reading.diagnostics == ()
    assert reading.config is not None
    # What has no default stands there as an example.
    assert reading.config.run == RunConfig(cpu_limit_s=4 * 3600.0)
    assert text.count(" = ") >= len(KEYS)


def test_every_default_in_the_table_is_the_default_of_the_value() -> None:
    sections: dict[str, list[str]] = {}
    for key in KEYS:
        if key.default and key.path[0] != "data":
            sections.setdefault(key.section, []).append(f"{key.name} = {key.default}")
    text = "\n".join(f"[{s}]\n" + "\n".join(lines) for s, lines in sections.items())
    assert read_config(text, HERE).config == Config(path=HERE)


def test_every_example_in_the_table_is_accepted() -> None:
    sections: dict[str, list[str]] = {}
    for key in KEYS:
        sections.setdefault(key.section.replace("<name>", "sp500"), []).append(f"{key.name} = {key.example}")
    text = "\n".join(f"[{s}]\n" + "\n".join(lines) for s, lines in sections.items())
    assert read_config(text, HERE).diagnostics == ()


def test_the_reference_page_tells_every_key() -> None:
    page = reference_page()
    assert all(f"| `{key.name}` |" in page and key.meaning in page for key in KEYS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[data.a]\npirces = 'x'", [("C12", 2)]),
        ("[defualts]\ndata = 'a'", [("C12", 1)]),
        ("colour = 'red'", [("C12", 1)]),
        ("[run]\nisolation = 3", [("C13", 2)]),
        ("[run]\ntime_limit = 30", [("C13", 2)]),
        ("run = 'fast'", [("C13", 1)]),
        ("[data]\na = 'prices.csv'", [("C13", 2)]),
        ("[[data]]\nprices = 'x'", [("C13", 1)]),
        ("[data.a]\nprices = 'x'\nderive = 'y'", [("C13", 3)]),
        ("[data.a]\nprices = 'x'\nderive = { b = 1 }", [("C13", 3)]),
        ("[data.A]\nprices = 'x'", [("C14", 1)]),
        ("[data.sample]\nprices = 'x'", [("C14", 1)]),
        ("[data.a]\nprices = 'x'\nderive = { 'b-c' = 'd' }", [("C14", 3)]),
        ("[data.a]\n\nprices = x", [("C30", 3)]),
        ("[data.a", [("C30", 1)]),
        ("a = 'b", [("C30", 1)]),
        ("[run]\n[run]", [("C03", 2)]),
        ("[run]\ntime_limit = '1 s'\ntime_limit = '2 s'", [("C03", 3)]),
        ("[run]\ntime_limit = '30'", [("C31", 2)]),
        ("[run]\nmemory_limit = '8 Giga'", [("C31", 2)]),
        ("[run]\nmemory_limit = '0 GB'", [("C31", 2)]),
        ("[run]\nisolation = 'namespace'", [("C31", 2)]),
        ("[data.a]\nprices = ''", [("C31", 2)]),
        ("[data.a]\nprices = '~/x.csv'", [("C31", 2)]),
        ("[data.a]\nprices = 's3://b/x.csv'", [("C31", 2)]),  # no bucket has a name of one letter
        ("[data.a]\nprices = 's3://bucket/'", [("C31", 2)]),
        ("[data.a]\nprices = 's3://bucket/a/../b'", [("C31", 2)]),
        ("[data.a]\nprices = 'http://host/x.csv'", [("C31", 2)]),
        ("[data.a]\nprices = 'gs://bucket/x.csv'", [("C31", 2)]),
        ("[data.a]\nprices = 'https://host/x.csv'", [("C33", 2)]),
        ("[data.a]\nprices = 'https://host/x.zip'\ndigest = 'sha256:' ", [("C31", 2), ("C31", 3)]),
        ("[data.a]\nprices = 'https://u:p@host/x.csv'", [("C35", 2)]),
        ("[data.a]\nprices = 'https://host/x.csv?X-Amz-Signature=abc'", [("C35", 2)]),
        ("[data.a]\nprices = 's3://key:secret@bucket/x.csv'", [("C35", 2)]),
        ("[data.a]\nprices = 'x.parquet'\nconnection = 'postgresql://u:p@host/db'", [("C35", 3)]),
        ("[data.a]\nprices = 'x.parquet'\nconnection = 'warehouse'", [("C31", 3)]),
        ("[data.a]\nprices = 's3://bucket/x.parquet'\nquery = 'select 1'", [("C31", 3)]),
        ("[store]\npath = 's3://bucket/store'", [("C31", 2)]),
        ('[data.a]\nprices = "x\\u0000y"', [("C31", 2)]),
        ("[defaults]\ndata = 'sp50'", [("C32", 2)]),
        ("[data.a]\nreference = 'x'", [("C33", 1)]),
    ],
)
def test_a_problem_has_its_code_and_line(text: str, expected: list[tuple[str, int]]) -> None:
    assert codes(text) == expected
    assert read_config(text, HERE).config is None
    assert all(d.fixes and d.place and d.place.path == str(HERE) for d in read_config(text, HERE).diagnostics)


def test_of_several_datasets_none_need_be_the_default_until_a_notebook_names_none() -> None:
    config = read_config("[data.a]\nprices='x'\n[data.b]\nprices='y'", HERE).config
    assert config is not None
    named = config.dataset("b")
    assert named is not None
    assert named.name == "b"
    with pytest.raises(KeyError, match=r"^''$"):
        config.dataset(None)
    told = unknown_dataset(NO_DEFAULT, config)
    assert (told.code, told.message) == ("NBC-C33", "2 datasets and no default one")
    assert told.fix_titles == ("write `data: a`", 'in nbcode.toml: [defaults] data = "a"')


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = "[data.a]\npirces = 1\n[run]\nisolation = 1\ntime_limit = 'x'\n[oops]\n"
    assert codes(text) == [("C12", 2), ("C13", 4), ("C31", 5), ("C12", 6)]


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    (found,) = read_config("[run]\nmemory_limits = '8 GB'", HERE).diagnostics
    assert found.fix_titles == ("write `memory_limit`",)
    assert found.message == "unknown key `run.memory_limits`"


def test_a_wrong_type_says_path_expected_and_got() -> None:
    (found,) = read_config("[run]\ntime_limit = 30", HERE).diagnostics
    assert str(found) == (
        "NBC-C13 `run.time_limit` has the wrong type at /project/nbcode.toml · line 2. expected a time with its unit, "
        'such as "30 min", got a number (30). Fix: write time_limit = "30 min".'
    )


def test_deep_nesting_is_an_error_and_not_a_crash() -> None:
    assert [code for code, _ in codes("a = " + "[" * 5000)] == ["C30"]


def test_the_only_dataset_is_the_default_and_sample_is_the_embedded_panel() -> None:
    one = "[data.a]\nprices = 'x'\n"
    only = read_config(one, HERE).config
    assert only is not None
    assert only.defaults_data == "a"
    assert only.dataset(None) == only.datasets[0]
    assert only.dataset("sample") is None
    chosen = read_config(one + "[defaults]\ndata = 'sample'", HERE).config
    assert chosen is not None
    assert chosen.dataset(None) is None
    with pytest.raises(KeyError, match="b"):
        only.dataset("b")


def test_limits_of_a_refit_are_numbers_or_off() -> None:
    reading = read_config(
        '[refit]\nmissing = 0.3\nfield_level = 20\nic_fall = "off"\nrank_correlation = "0.5"\n', HERE
    )
    assert reading.config is not None
    assert reading.config.refit == RefitConfig(
        field_level=20.0, missing=0.3, rank_correlation=0.5, ic_fall=None
    )
    assert Config().refit == RefitConfig()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("missing = true", "C13"),
        ("missing = nan", "C31"),
        ('missing = "much"', "C31"),
        ("missing = [1]", "C13"),
        ("mising = 1", "C12"),
    ],
)
def test_other_limits_of_a_refit_are_refused(line: str, code: str) -> None:
    assert codes(f"[refit]\n{line}\n") == [(code, 2)]


def test_data_elsewhere_are_here_once_they_were_fetched() -> None:
    text = """
[data.a]
prices = "s3://bucket/us/daily/"
reference = "https://host.example/reference.csv"
reference_digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
[store]
path = "kept"
"""
    config = read_config(text, HERE).config
    assert config is not None
    found = config.dataset("a")
    assert found is not None
    assert found.reference is not None
    assert found.prices == HERE.parent / "kept/data/fetched/of/a.prices"
    assert found.reference == HERE.parent / "kept/data/fetched/of/a.reference.csv"
    assert found.remote(found.prices) == "s3://bucket/us/daily/"
    assert found.remote(found.reference) == "https://host.example/reference.csv"
    assert found.remote(HERE) is None
