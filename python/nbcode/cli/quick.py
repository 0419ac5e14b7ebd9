"""Arguments turned into paths and words without pydantic, which typer would load for it: half of a command's start.

typer keeps the converter of a parameter in an attribute that it fills when it is first asked. Filled before, pydantic is
never asked. A typer without that attribute converts by itself, more slowly and with the same result.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import typer
import typer.core

_SLOT = "_runtime_param"


class QuickCommand(typer.core.TyperCommand):
    """A command whose parameters are texts, flags, numbers, paths and words of an enumeration."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Every parameter, ``--help`` too."""
        return quickened(super().get_params(ctx))


def quickened(parameters: list[Any]) -> list[Any]:
    """``parameters``, each with its converter."""
    for parameter in parameters:
        descriptor = getattr(parameter, "type_descriptor", None)
        if descriptor is not None and hasattr(parameter, _SLOT):
            setattr(parameter, _SLOT, _Converter(descriptor.annotation))
    return parameters


class _Converter:
    """Has the one method that typer calls."""

    def __init__(self, annotation: Any) -> None:
        self._kind = _leaf(annotation)

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._one(one, param, ctx) for one in value]
        return None if value is None else self._one(value, param, ctx)

    def _one(self, value: Any, param: Any, ctx: Any) -> Any:
        if isinstance(value, self._kind):
            return value
        if issubclass(self._kind, StrEnum):
            return _word(self._kind, str(value), param, ctx)
        if self._kind in {int, float}:
            return _number(self._kind, value, param, ctx)
        return Path(value) if self._kind is Path else value


def _number(kind: type, value: Any, param: Any, ctx: Any) -> Any:
    try:
        found = kind(value)
    except ValueError:
        what = "whole number" if kind is int else "number"
        raise typer.BadParameter(f"{value!r} is no {what}", ctx=ctx, param=param) from None
    least = getattr(param, "min", None)
    if least is not None and found < least:
        raise typer.BadParameter(f"{value} is less than {least}", ctx=ctx, param=param)
    return found


def _word(kind: type[StrEnum], value: str, param: Any, ctx: Any) -> StrEnum:
    try:
        return kind(value.lower())
    except ValueError:
        from nbcode.primitives import nearest

        words = [str(word) for word in kind]
        near = nearest(value, words)
        hint = f"did you mean {near}?" if near else f"expected one of {', '.join(words)}."
        raise typer.BadParameter(f"unknown word {value!r}: {hint}", ctx=ctx, param=param) from None


def _leaf(annotation: Any) -> type:
    """``Path`` of ``Path``, ``Path | None`` and ``list[Path]``."""
    inner = [one for one in get_args(annotation) if one is not type(None)]
    return _leaf(inner[0]) if inner else annotation if isinstance(annotation, type) else str
