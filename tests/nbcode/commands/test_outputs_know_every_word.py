"""A word that a command can print is one that its schema allows."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import nbcode.commands
from nbcode.commands.audit import Act

SCHEMAS = Path(__file__).parents[3] / "schema" / "output"


def choices(part: Any) -> Iterator[frozenset[str]]:
    """The choices of words in a schema, however deep."""
    if isinstance(part, dict):
        words = frozenset(one for one in part.get("enum", ()) if isinstance(one, str))
        if len(words) > 1:
            yield words
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from choices(inner)


def allowed() -> dict[str, set[frozenset[str]]]:
    """Schema -> its choices of words."""
    return {path.name: set(choices(json.loads(path.read_bytes()))) for path in SCHEMAS.glob("*.json")}


def enumerations() -> dict[str, frozenset[str]]:
    """Every enumeration of words that a command knows."""
    found = {}
    for module in pkgutil.iter_modules(nbcode.commands.__path__, "nbcode.commands."):
        for made in vars(importlib.import_module(module.name)).values():
            if isinstance(made, type) and issubclass(made, StrEnum) and made is not StrEnum:
                found[made.__name__] = frozenset(one.value for one in made)
    return found


def test_a_choice_that_has_most_words_of_an_enumeration_has_all_of_them() -> None:
    """What was added to the enumeration alone would be printed, and break whoever checks. (Of three words two are others', too; and a choice that
    is an enumeration, whole, is no part of another one.)"""
    known = set(enumerations().values())
    lacking = {
        (schema, name): sorted(words - some)
        for schema, every in allowed().items()
        for some in every - known
        for name, words in enumerations().items()
        if len(words & some) > 0.7 * len(words) and words - some
    }
    assert lacking == {}


def test_control_the_acts_of_an_audit_are_among_them() -> None:
    acts = frozenset(one.value for one in Act)
    assert acts in enumerations().values()
    assert acts in allowed()["audit.schema.json"]


def test_control_an_enumeration_that_is_short_of_a_word_is_none() -> None:
    """So nothing that lacks a word is passed over as another enumeration."""
    known = set(enumerations().values())
    acts = frozenset(one.value for one in Act)
    assert not {acts - {word} for word in acts} & known
    assert acts in known
