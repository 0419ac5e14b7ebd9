"""Notebooks as JupyterLab writes them."""

from __future__ import annotations

import json


def ipynb(*cells: tuple[str, str | None]) -> str:
    """A notebook whose tags are in its metadata, as JupyterLab writes them; the n-th cell has the id ``cell-n``."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{n}",
                    "metadata": {"tags": [tag]} if tag else {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source,
                }
                for n, (source, tag) in enumerate(cells, 1)
            ],
            "metadata": {"kernelspec": {"name": "nbcode", "display_name": "n", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
