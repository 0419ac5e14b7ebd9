"""What shows itself and may read data says what is wrong with them: no display shows the traceback of its own code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from fakes.market_files import write_prices
from fakes.shells import live_shell

ANSI = re.compile(r"\x1b\[[0-9;]*m")
CONFIG = '[data.market]\nprices = "prices.csv"\n[defaults]\ndata = "market"\n'


def _frame(tmp_path: Path) -> pd.DataFrame:
    return pd.read_parquet(write_prices(tmp_path))


def _gone(folder: Path, frame: pd.DataFrame) -> None:
    del folder, frame


def _empty(folder: Path, frame: pd.DataFrame) -> None:
    (folder / "prices.csv").write_text("")


def _header_only(folder: Path, frame: pd.DataFrame) -> None:
    frame.head(0).to_csv(folder / "prices.csv", index=False)


def _no_symbol(folder: Path, frame: pd.DataFrame) -> None:
    frame.drop(columns="symbol").to_csv(folder / "prices.csv", index=False)


def _row_twice(folder: Path, frame: pd.DataFrame) -> None:
    pd.concat([frame, frame.head(3)]).to_csv(folder / "prices.csv", index=False)


def _american_dates(folder: Path, frame: pd.DataFrame) -> None:
    frame.assign(date=frame["date"].dt.strftime("%m/%d/%Y")).to_csv(folder / "prices.csv", index=False)


def _texts_for_prices(folder: Path, frame: pd.DataFrame) -> None:
    frame.assign(close="n/a").to_csv(folder / "prices.csv", index=False)


def _wide(folder: Path, frame: pd.DataFrame) -> None:
    frame.pivot(index="date", columns="symbol", values="close").to_csv(folder / "prices.csv")


def _no_table(folder: Path, frame: pd.DataFrame) -> None:
    (folder / "prices.csv").write_bytes(bytes(range(256)) * 40)


BAD: list[Callable[[Path, pd.DataFrame], None]] = [
    _gone, _empty, _header_only, _no_symbol, _row_twice, _american_dates, _texts_for_prices, _wide, _no_table,
]  # fmt: skip


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    with live_shell(tmp_path, load=False) as shell:
        yield shell


def shown(shell: InteractiveShell, code: str) -> str:
    """Everything that a cell shows, of every kind: text, HTML and what a failing display prints."""
    with capture_output() as captured:
        result = shell.run_cell(code, store_history=True)
    formats = [] if result.result is None else [str(shell.display_formatter.format(result.result))]
    texts = [captured.stdout, captured.stderr, *(str(o) for o in captured.outputs), *formats]
    return ANSI.sub("", "\n".join(texts))


@pytest.mark.parametrize("write", BAD, ids=[w.__name__ for w in BAD])
@pytest.mark.parametrize("code", ["data", "features.turnover(20)", "features.ret(20)", "data.close"])
def test_a_display_says_what_is_wrong_with_the_file(
    shell: InteractiveShell, tmp_path: Path, write: Callable[[Path, pd.DataFrame], None], code: str
) -> None:
    write(tmp_path, _frame(tmp_path))
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    shell.run_line_magic("load_ext", "nbcode")
    text = shown(shell, code)
    assert "Traceback" not in text, text
    assert ".py" not in text.replace("prices.py", ""), text
    assert re.search(r"\b(NBC-)?[ER]\d\d\b", text), text
    assert "Fix: " in text
    assert "close" in dir(shell.user_ns["data"])


def test_a_file_that_is_right_shows_its_values(shell: InteractiveShell, tmp_path: Path) -> None:
    """The control."""
    _frame(tmp_path).to_csv(tmp_path / "prices.csv", index=False)
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    shell.run_line_magic("load_ext", "nbcode")
    assert "no values" not in shown(shell, "features.turnover(20)")
    assert "data: close, shares_outstanding, volume" in shown(shell, "data")


def test_a_field_that_is_missing_is_told_in_a_display_with_the_line_that_makes_it(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    _frame(tmp_path).drop(columns="shares_outstanding").to_csv(tmp_path / "prices.csv", index=False)
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    shell.run_line_magic("load_ext", "nbcode")
    text = shown(shell, "features.turnover(20)")
    assert "Traceback" not in text
    assert "KeyError" not in text
    assert "R06" in text
    assert "shares_outstanding =" in text


def test_the_index_that_a_csv_was_written_with_is_no_field(shell: InteractiveShell, tmp_path: Path) -> None:
    _frame(tmp_path).to_csv(tmp_path / "prices.csv")
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    shell.run_line_magic("load_ext", "nbcode")
    assert "data: close, shares_outstanding, volume" in shown(shell, "data")


def test_dates_in_another_order_are_told_with_the_line_that_turns_them(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    frame = _frame(tmp_path)
    _american_dates(tmp_path, frame)
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    shell.run_line_magic("load_ext", "nbcode")
    text = shown(shell, "data.close.to_frame()")
    line = re.search(r'date_format = "%m/%d/%Y"', text)
    assert line is not None, text
    (tmp_path / "nbcode.toml").write_text(CONFIG.replace("[defaults]", f"{line.group(0)}\n[defaults]"))
    shell.run_line_magic("reload_ext", "nbcode")
    assert "160" in shown(shell, "data.close.to_frame().shape")
