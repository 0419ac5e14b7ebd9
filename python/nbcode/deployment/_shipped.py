"""The window to the manifests that ship: `deploy/kustomize` of the repository, which a wheel carries inside this room."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from nbcode.deployment.rendering import Manifest

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]+")
"""Texts that no reader of YAML takes for something else, once PyYAML has quoted those of its own."""


def files() -> tuple[str, ...]:
    """The files of the base without their ending, in the order in which its kustomization names them."""
    told = read_yaml((_folder() / "base" / "kustomization.yaml").read_text(encoding="utf-8"))
    return tuple(str(name).removesuffix(".yaml") for name in told["resources"])


def base(only: Sequence[str] = ()) -> tuple[Manifest, ...]:
    """Every object of the base, or of some of its files."""
    folder = _folder() / "base"
    return tuple(
        one
        for name in files()
        if not only or name in only
        for one in yaml.safe_load_all((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        if one is not None
    )


def read_yaml(text: str) -> Any:
    """One document."""
    return yaml.safe_load(text)


def write_yaml(value: Any) -> str:
    """One document, in which no text can be read as a number or a truth by any reader."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def write_all(manifests: Sequence[Manifest]) -> str:
    """A stream of documents."""
    return yaml.dump_all(
        list(manifests), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, explicit_start=True
    )


class _Dumper(yaml.SafeDumper):
    """Quotes what it need not, and writes several lines as such; writes no anchors."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Anchors are refused by some who read manifests."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    style = None if _PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _folder() -> Path:
    """Beside this file where nbcode is installed from a wheel; in the repository, its own place there."""
    beside = Path(__file__).parent / "kustomize"
    return beside if beside.is_dir() else Path(__file__).parents[3] / "deploy" / "kustomize"
