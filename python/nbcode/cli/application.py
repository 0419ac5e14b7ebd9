"""The whole program: every command is declared when this is imported."""

from nbcode.cli import on_cluster, on_kept, on_notebooks, on_predictions, on_projects, on_team, on_versions
from nbcode.cli.root import application

__all__ = [
    "application",
    "on_cluster",
    "on_kept",
    "on_notebooks",
    "on_predictions",
    "on_projects",
    "on_team",
    "on_versions",
]
