"""Code of a notebook that a model needs: kept as text beside it, and run only with the reader's consent.

A class or a function that cells define has no name in another process. So its source is kept with the model, with the imports and
the helpers that it reads, and the constants by value; modules of the project that they come from, or that they import, are kept
whole. Nothing of it runs when a model is read: :func:`module_of` asks for the digest of exactly this text, which whoever
loads it has read.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from alpha_bench.errors import SavedModelError
from alpha_bench.fitting.serialization.own_modules import OwnModule, install
from alpha_bench.runtime import canonical

CODE_FILE = "code.py"
"""Where the text is, beside ``model.json``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnCode:
    """Python text that defines some names; ``values`` are the constants that it reads, by name, ``modules`` those of the project
    that it needs."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    modules: tuple[OwnModule, ...] = ()

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the text and of the modules, by name."""
        return {CODE_FILE: self.text.encode()} | {one.file: one.text.encode() for one in self.modules}

    @property
    def digest(self) -> str:
        """See :func:`digest_of_code`: what whoever loads the model gives to run it."""
        return digest_of_code(self.files)


class CodeSource(Protocol):
    """Where classes and functions of cells, and of modules of the project, have their source."""

    def name_of(self, value: object) -> str | None:
        """What the code calls ``value``: ``NAME`` of the cells, ``MODULE:NAME`` of a module; None where it is no class and no
        function of theirs."""
        ...

    def of(self, names: Sequence[str]) -> OwnCode:
        """The code that defines ``names``. Raises AlphaBenchError R35 where it reads what is no data."""
        ...

    def goes_without(self, name: str) -> bool:
        """Whether the code that :meth:`of` gave sets the constant ``name`` in each call before it reads it."""
        ...


def digest_of_code(files: Mapping[str, bytes]) -> str:
    """``sha256:<hex>`` of the code: of the one file's bytes, and of the canonical JSON of name and digest where there are more."""
    digests = {name: "sha256:" + hashlib.sha256(data).hexdigest() for name, data in files.items()}
    if len(digests) == 1:
        return next(iter(digests.values()))
    return "sha256:" + hashlib.sha256(canonical(dict(digests))).hexdigest()


def module_of(
    files: Mapping[str, bytes],
    modules: Sequence[OwnModule],
    defines: Sequence[str],
    values: Mapping[str, Any],
    *,
    trust: str | None,
    path: Path,
) -> types.ModuleType:
    """The module that the code in ``files`` makes, run in this process; ``modules`` are those of the project, whose text is among
    the files. ``path`` is where the file of the cells' code is.

    Raises:
        AlphaBenchError: R65 unless ``trust`` is the digest of ``files``; nothing has run then. R35 where the code itself fails.
    """
    digest = digest_of_code(files)
    if trust != digest:
        raise _not_trusted(defines, modules, trust, digest, path)
    name = f"nbcode_code_{digest.removeprefix('sha256:')[:16]}"
    module = types.ModuleType(name)
    module.__dict__.update(values)
    install(module, modules, path.parent)  # dataclasses look their module up by name
    try:
        exec(compile(files[CODE_FILE].decode(), str(path), "exec"), module.__dict__)  # noqa: S102  # with consent, see above
        for defined in defines:
            definition(module, defined)
    except Exception as error:
        sys.modules.pop(name, None)
        raise SavedModelError(
            "R35",
            f"the code of the model's notebook cannot run here: {type(error).__name__}: {error}",
            fix="install what it imports, at the versions of the lock",
        ) from error
    return module


def definition(module: types.ModuleType, name: str) -> Any:
    """What :meth:`CodeSource.name_of` called ``name``. Raises AttributeError, ImportError where there is none."""
    home, _, path = name.rpartition(":")
    found: Any = importlib.import_module(f"{module.__name__}.{home}") if home else module
    for part in path.split("."):
        found = getattr(found, part)
    return found


def shown(name: str) -> str:
    """A name of :meth:`CodeSource.name_of` as a reader knows it."""
    return name.replace(":", ".")


def _not_trusted(
    defines: Sequence[str], modules: Sequence[OwnModule], trust: str | None, digest: str, path: Path
) -> SavedModelError:
    names = ", ".join(map(shown, defines))
    beside = f" and {', '.join(one.file for one in modules)} beside it" if modules else ""
    return SavedModelError(
        "R65",
        f"the model needs code of its notebook to load: {names}"
        if trust is None
        else f"the code of the model's notebook is another than you trust ({trust[:19]}): {names}",
        fix=f'read {path}{beside}; to run it as yourself, load with trust="{digest}" '
        f'(MLflow: load_model(uri, model_config={{"trust": "{digest}"}}))',
        file=str(path),
        digest=digest,
    )
