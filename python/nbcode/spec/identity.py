"""What a spec *is*: the fields whose change makes another build.

Left out, because they follow from what is in, or do not change what is computed:

- ``cells[].source``, ``modules[].source`` (``code_digest`` is what a cell means), ``defs`` and ``refs`` (they follow from the code: a
  better analysis must not rename an old build);
- ``definition.plain`` (its digest is in), ``inputs[].uri``, ``size_bytes`` and ``as_of`` (the content digest is in);
- ``environment.distributions`` (the lock digest is in), ``lock_source``, ``python_version`` and ``platform_key``: one
  lock means one spec on every machine and every supported Python; the platform key stands beside the spec digest
  where results must be bit-identical;
- ``snapshot``.

What an artifact is *made from* can be less: a declarative definition is all that its result follows from, whatever cells, document or
module wrote it, so one definition in three forms is three specs and one artifact.
"""

from __future__ import annotations

from dataclasses import replace

from nbcode.primitives import Digest, Json, digest_json, to_plain
from nbcode.spec.build_spec import BuildSpec, SpecInput


def identity(spec: BuildSpec) -> Json:
    """The identity projection as plain JSON data."""
    modules: dict[str, Json] = {
        "modules": [{"path": one.path, "code_digest": str(one.code_digest)} for one in spec.modules],
        "module_folders": list(spec.module_folders),
    }
    return {
        **(modules if spec.modules or spec.module_folders else {}),
        "schema_version": spec.schema_version,
        "build_type": spec.build_type,
        "meta": to_plain(spec.meta),
        "cells": [{"tag": cell.tag, "code_digest": str(cell.code_digest)} for cell in spec.cells],
        "definition": {"kind": spec.definition.kind, "digest": str(spec.definition.digest)},
        "inputs": [_input(i) for i in spec.inputs],
        "environment": {
            "lock_digest": str(spec.environment.lock_digest),
            "image_digest": to_plain(spec.environment.image_digest),
        },
        "parameters": to_plain(spec.parameters),
    }


def spec_digest(spec: BuildSpec) -> Digest:
    """``sha256`` of the RFC 8785 bytes of the identity projection."""
    return digest_json(identity(spec))


def differs_in_data_alone(spec: BuildSpec, other: BuildSpec) -> bool:
    """Whether two specs are one model on other data: the same [meta] but for ``as_of``, the same cells, definition, environment and
    parameters, and inputs of the same names; what is in these, and its columns, may be another."""
    return _without_data(spec) == _without_data(other)


def reads_the_same(spec: BuildSpec, other: BuildSpec) -> bool:
    """Whether two specs are one but for the day up to which rows are read: no row came in between."""
    one, two = (identity(replace(of, meta=replace(of.meta, as_of=""))) for of in (spec, other))
    return one == two


def _without_data(spec: BuildSpec) -> Json:
    plain = identity(replace(spec, meta=replace(spec.meta, as_of="")))
    assert isinstance(plain, dict)
    declared = [_input(one) for one in spec.inputs]
    kept = ("name", "role", "derive", "symbol_column", "layout")
    return {**plain, "inputs": [{name: one[name] for name in kept if name in one} for one in declared]}


def is_form_independent(spec: BuildSpec) -> bool:
    """Whether the result follows from the definition alone: it is declarative, and the cells leave no files of their own."""
    return spec.definition.kind == "declarative" and not spec.meta.outputs


def made_from(spec: BuildSpec) -> Json:
    """What the artifact follows from, as plain JSON data: the identity, without how the definition is written where that is no matter."""
    whole = identity(spec)
    assert isinstance(whole, dict)
    if not is_form_independent(spec):
        return whole
    return {
        name: value for name, value in whole.items() if name not in {"cells", "modules", "module_folders"}
    }


def made_from_digest(spec: BuildSpec) -> Digest:
    """``sha256`` of the RFC 8785 bytes of :func:`made_from`; the spec digest where the result follows from the cells too."""
    return digest_json(made_from(spec))


def _input(pinned: SpecInput) -> dict[str, Json]:
    return {
        "name": pinned.name,
        "role": str(pinned.role),
        "digest": str(pinned.digest),
        "schema": to_plain(pinned.schema),
        "derive": to_plain(pinned.derive),
        "date_column": pinned.date_column,
        "symbol_column": pinned.symbol_column,
        **({} if pinned.layout is None else {"layout": to_plain(pinned.layout)}),
    }
