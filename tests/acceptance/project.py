"""A quant's own directory, made for a test: the seed notebook, a configuration, and the command line run as users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes.patience import ENOUGH_S

ROOT = Path(__file__).parents[2]
DATA = (ROOT / ".." / "shared" / "data").resolve()
SEED = ROOT / "examples" / "xsmom_v3" / "notebook.py"
NBCODE = str(Path(sys.executable).parent / "nbcode")

SP500 = """
[data.sp500]
prices = "{data}/sp500_daily_2013_2018.parquet"
reference = "{data}/sp500_reference_2018_02_08.csv"
derive = {{ shares_outstanding = "market_cap_usd / price_usd" }}
[defaults]
data = "sp500"
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams: what a test that fails shows."""
        return f"{self.err}\n{self.out}"

    @property
    def json(self) -> dict[str, Any]:
        """The last object on standard output."""
        value: dict[str, Any] = json.loads(self.out)
        return value


def nbcode(directory: Path, *arguments: str, environment: dict[str, str] | None = None) -> Ended:
    """Run the installed command in ``directory``, with no terminal."""
    done = subprocess.run(
        [NBCODE, *arguments],
        cwd=directory,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=ENOUGH_S,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


def with_sp500(directory: Path) -> Path:
    """Write a configuration that names the real panel, which is outside the project and trusted; return the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "nbcode.toml").write_text(SP500.format(data=DATA))
    return trusted(directory)


def trusted(directory: Path) -> Path:
    """Say once what a user says of his own project: that it may do what its nbcode.toml asks for."""
    ended = nbcode(directory, "trust", "--yes")
    assert ended.code == 0, ended.err
    return directory
