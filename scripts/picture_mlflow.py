"""docs/images/mlflow-{version,model,run}.png: a version of the example and its refit, as MLflow's own pages show them in a real browser.

Needs Debian's chromium. `make pictures`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fakes.mlflow_server import serving_by  # noqa: E402 - the tests know how to start one

IMAGES = ROOT / "docs" / "images"
PROGRAMS = Path(sys.executable).parent
MODEL, FIRST, SECOND = "xsmom_v3", "2023-09-28", "2023-10-26"
WHO = {"USER": "quant", "LOGNAME": "quant", "TZ": "UTC"}
WAIT_MS = 600_000


def run(folder: Path, *arguments: str) -> None:
    subprocess.run([PROGRAMS / "nbcode", *arguments], cwd=folder, env=os.environ | WHO, check=True)


def promoted(folder: Path) -> str:
    """Two versions, the second a refit of the first; the address of their registry."""
    shutil.copy(ROOT / "examples" / MODEL / "notebook.ipynb", folder / f"{MODEL}.ipynb")
    run(folder, "promote", f"{MODEL}.ipynb", "--as-of", FIRST)
    run(folder, "refit", MODEL, "--as-of", SECOND)
    return f"sqlite:///{folder / '.nbcode' / 'registry' / 'mlflow.db'}"


def run_of(database: str) -> tuple[str, str]:
    """The experiment and the run of the second version."""
    from mlflow import MlflowClient

    client = MlflowClient(database, database)
    found = client.get_run(client.get_model_version(MODEL, "2").run_id).info
    return found.experiment_id, found.run_id


def picture(page: Page, address: str, shown: str, name: str) -> None:
    """Open ``address`` and take the picture ``name`` when the text ``shown`` is there."""
    page.goto(address)
    page.get_by_text(shown).first.wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(3000)  # pictures of a page that has come to rest
    beside = page.locator("[data-component-id='mlflow.assistant.chat_panel.close']")
    if beside.count():  # the assistant opens by itself
        beside.first.click()
    page.wait_for_timeout(1000)
    page.screenshot(path=IMAGES / name)


def main() -> None:
    """Promote, serve, take the pictures."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "project"
        folder.mkdir()
        database = promoted(folder)
        experiment, run_id = run_of(database)

        def command(port: str) -> list[str]:
            served = [str(PROGRAMS / "mlflow"), "ui", "--backend-store-uri", database, "--host", "127.0.0.1"]
            return [*served, "--port", port, "--workers", "1"]

        known = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with serving_by(command, Path(made), environment=known) as uri, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 900}, timezone_id="UTC")
            page.set_default_timeout(WAIT_MS)
            kind = "workflowType=machine_learning"
            picture(
                page, f"{uri}/#/models/{MODEL}/versions/2?{kind}", "since version 1", "mlflow-version.png"
            )
            picture(page, f"{uri}/#/models/{MODEL}?{kind}", "Version 2", "mlflow-model.png")
            run_page = f"{uri}/#/experiments/{experiment}/runs/{run_id}?{kind}"
            picture(page, run_page, "About this run", "mlflow-run.png")
            browser.close()


if __name__ == "__main__":
    main()
