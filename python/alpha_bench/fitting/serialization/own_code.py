"""Code of a notebook that a model needs: kept as text beside it, and run only with the reader's consent.

A class or a function that cells define has no name in another process. So its source is kept with the model, with the imports and
the helpers that it reads, and the constants by value. Nothing of it runs when a model is read: :func:`module_of` asks for the
digest of exactly this text, which whoever loads it has read.
"""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from alpha_bench.errors import SavedModelError

CODE_FILE = "code.py"
"""Where the text is, beside ``model.json``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnCode:
    """Python text that defines some names; ``values`` are the constants that it reads, by name."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """``sha256:<hex>`` of the text as UTF-8: what whoever loads the model gives to run it."""
        return digest_of_code(self.text.encode())


class CodeSource(Protocol):
    """Where classes and functions of cells have their source."""

    def is_own(self, value: object) -> bool:
        """Whether ``value`` is a class or a function that the cells define."""
        ...

    def of(self, names: Sequence[str]) -> OwnCode:
        """The code that defines ``names``. Raises AlphaBenchError R35 where it reads what is no data."""
        ...


def digest_of_code(data: bytes) -> str:
    """``sha256:<hex>`` of a code file's bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def module_of(
    data: bytes, defines: Sequence[str], values: Mapping[str, Any], trust: str | None, path: Path
) -> types.ModuleType:
    """The module that the code ``data`` makes, run in this process.

    Raises:
        AlphaBenchError: R65 unless ``trust`` is the digest of ``data``; nothing has run then. R35 where the code itself fails.
    """
    digest = digest_of_code(data)
    if trust != digest:
        raise SavedModelError(
            "R65",
            f"the model needs code of its notebook to load: {', '.join(defines)}"
            if trust is None
            else f"the code of the model's notebook is another than you trust ({trust[:19]}): {', '.join(defines)}",
            fix=f'read {path}; to run it as yourself, load with trust="{digest}" '
            f'(MLflow: load_model(uri, model_config={{"trust": "{digest}"}}))',
            file=str(path),
            digest=digest,
        )
    name = f"nbcode_code_{digest.removeprefix('sha256:')[:16]}"
    module = types.ModuleType(name)
    module.__dict__.update(values)
    sys.modules[name] = module  # dataclasses look their module up by name
    try:
        exec(compile(data.decode(), str(path), "exec"), module.__dict__)  # noqa: S102  # with consent, see above
    except Exception as error:
        sys.modules.pop(name, None)
        raise SavedModelError(
            "R35",
            f"the code of the model's notebook cannot run here: {type(error).__name__}: {error}",
            fix="install what it imports, at the versions of the lock",
        ) from error
    return module
