"""A real JupyterLab in a real browser: isolated from the user's own settings, driven by Playwright."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from fakes.patience import ENOUGH_S
from nbcode.kernel import install_kernel

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_S = ENOUGH_S
WAIT_MS = ENOUGH_S * 1000


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A running server: ``address`` ends with a slash."""

    address: str
    token: str
    root: Path


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """A notebook of code cells for the kernel "Python (nbcode)"."""
    document = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{i}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for i, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"name": "nbcode", "display_name": "Python (nbcode)", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document), encoding="utf-8")


@contextmanager
def jupyterlab(root: Path, home: Path) -> Iterator[Lab]:
    """JupyterLab on ``root``; everything it writes for itself goes below ``home``."""
    environment = {**os.environ, "HOME": str(home)}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        environment[f"JUPYTER_{name}"] = str(home / name.lower())
    for name in ("SETTINGS", "WORKSPACES"):
        environment[f"JUPYTERLAB_{name}_DIR"] = str(home / name.lower())
    environment["IPYTHONDIR"] = str(home / "ipython")
    _quiet(home / "settings")
    # JUPYTER_PATH and not the data directory: that is where `nbcode init` installs it, below a prefix.
    install_kernel(prefix=home / "prefix")
    environment["JUPYTER_PATH"] = str(home / "prefix" / "share" / "jupyter")
    port, token = _free_port(), secrets.token_hex(16)
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        f"--ServerApp.port={port}",
        "--allow-root",
    ]
    command += ["--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}"]
    log = (home / "server.log").open("wb")
    server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT)
    lab = Lab(address=f"http://127.0.0.1:{port}/", token=token, root=root)
    try:
        _wait(lab, server)
        yield lab
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


@contextmanager
def browser(lab: Lab, notebook: str, *, height: int = 1000) -> Iterator[Page]:
    """A page with ``notebook`` open and its kernel idle."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        page = chromium.new_page(viewport={"width": 1400, "height": height}, device_scale_factor=1)
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{lab.address}lab/tree/{notebook}?reset&token={lab.token}")
        wait_for_idle(page)
        try:
            yield page
        finally:
            chromium.close()


def wait_for_idle(page: Page) -> None:
    """The status bar and not the notebook's own indicator, which says idle before there is a kernel."""
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()


def run_all(page: Page, cells: int) -> None:
    """Run every cell and wait until each has its number."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_function(
        "n => [...document.querySelectorAll('.jp-Notebook .jp-InputPrompt')]"
        ".filter(e => /^\\[\\d+\\]:$/.test(e.textContent.trim())).length >= n",
        arg=cells,
    )
    wait_for_idle(page)


def _quiet(settings: Path) -> None:
    folder = settings / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    (folder / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}'
    )
    folder = settings / "@jupyterlab" / "notebook-extension"
    folder.mkdir(parents=True)
    (folder / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(lab: Lab, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_S
    while time.monotonic() < ends:
        if server.poll() is not None:
            raise RuntimeError("JupyterLab ended: see server.log")
        try:
            with urllib.request.urlopen(f"{lab.address}api?token={lab.token}", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("JupyterLab did not answer: see server.log")
