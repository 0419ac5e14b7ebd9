"""docs/images/cluster.png: a promote on a real cluster, in a terminal, and what kubectl says of its Workflow and its pod.

Needs Debian's chromium, `make cluster-up` and an image of the runner (NBCODE_RUNNER_IMAGE: its archive, or NBCODE_RUNNER_NAME where the node has it). `make picture-cluster`.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from cluster.builds import program  # noqa: E402 - the tests know how to start one
from cluster.cluster import running  # noqa: E402
from e2e.cluster.deployed import deployed  # noqa: E402

PICTURE = ROOT / "docs" / "images" / "cluster.png"
NAMESPACE = "research"
PAGE = """<body style="margin:0;background:#1e2128"><pre id="terminal" style="display:inline-block;margin:0;padding:22px 26px;color:#d8dce4;
font:14px/1.45 'DejaVu Sans Mono',monospace">{text}</pre>"""
_NOISE = ("NBC-F01", "NBC-G01", "  at /")
"""Notes of a project that is in no git repository and has no lock, which this one is not about."""


def said(command: list[str | Path], shown: str, folder: Path, environment: dict[str, str]) -> str:
    """A command as it is typed, and what it says."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines() if not line.startswith(_NOISE)]
    body = html.escape("\n".join(lines).strip("\n"))
    return f'<span style="color:#7fb4ff">$</span> <b>{html.escape(shown)}</b>\n{body}\n'


def main() -> None:
    """Write the picture."""
    cluster = running()
    if cluster is None:
        sys.exit("the cluster is not up: make cluster-up")
    with deployed(cluster, NAMESPACE) as place, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        shutil.copy(ROOT / "examples" / "xsmom_v3" / "notebook.ipynb", folder / "alpha.ipynb")
        told = (
            os.environ
            | place.environment()
            | {"USER": "quant", "LOGNAME": "quant", "TZ": "UTC", "COLUMNS": "100"}
        )
        words = ["promote", "alpha.ipynb", "--on", "argo"]
        nbcode = Path(sys.executable).with_name("nbcode")
        parts = [said([nbcode, *words], " ".join(["nbcode", *words]), folder, told)]
        for kind in ("workflows", "pods"):
            asked = ["get", kind, f"--namespace={NAMESPACE}"]
            parts.append(said([program("kubectl"), *asked], " ".join(["kubectl", *asked]), folder, told))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(device_scale_factor=2, viewport={"width": 1100, "height": 800})
        page.set_content(PAGE.format(text="\n".join(parts)))
        page.locator("#terminal").screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
