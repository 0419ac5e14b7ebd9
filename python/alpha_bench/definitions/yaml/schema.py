"""The JSON Schema of the YAML form, for editors: completion, help on hover, and mistakes underlined as they are typed.

It is generated from the vocabulary, so that it knows what the language knows. It cannot read formulas: ``alpha_bench validate``
does that.
"""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.definitions.named_estimators import KINDS
from alpha_bench.definitions.preprocessing import STEPS
from alpha_bench.definitions.search_space import SCORES
from alpha_bench.definitions.yaml.document import DATA_KEYS, KEYS, NEEDED
from alpha_bench.definitions.yaml.sections import SEARCH_KEYS
from alpha_bench.model_selection import SPLITTERS
from alpha_bench.names import VOCABULARY

_SESSIONS = {"type": ["string", "integer"], "pattern": r"^(0|[1-9][0-9]*)d?$", "minimum": 0}
_COUNT = {"type": ["integer", "string"], "pattern": "^[1-9][0-9]*$", "minimum": 1}
_WINDOW = {
    "description": "which of the sessions before a test block train it",
    "anyOf": [
        {"const": "expanding"},
        {"type": "string", "pattern": r"^(rolling|fixed):[1-9][0-9]*d?$"},
        {
            "type": "object",
            "properties": {"rolling": _SESSIONS, "fixed": _SESSIONS},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ],
}
_PARAMETERS: Mapping[str, Mapping[str, object]] = {
    "folds": {**_COUNT, "description": "number of test blocks"},
    "groups": {**_COUNT, "description": "blocks that tile the calendar"},
    "test_groups": {**_COUNT, "description": "blocks that a fold tests"},
    "embargo": {**_SESSIONS, "description": "sessions dropped beside the purge, such as 5d"},
    "window": _WINDOW,
}
_MEANINGS = {
    "meta": "who the model is, for whoever registers it: `nbcode promote`; no part of the definition",
    "define": "names for formulas that are used more than once; they are no part of the definition",
    "features": "the columns of X: a list of formulas, or names and formulas",
    "label": "what is predicted; the only formula that looks ahead, such as fwd_ret_10d",
    "universe": "which assets take part on each session: a condition, such as cs.top(features.adv(20), 500)",
    "weights": "what each training row counts, such as 1 / volatility(20)",
    "preprocess": "steps between the features and the estimator, fitted on each fold's training rows",
    "model": "the estimator",
    "search": "how each fold chooses the estimator's parameters inside its training part",
    "evaluation": "how the model is judged; left out, there is a model definition only",
    "data": "where `alpha_bench run` finds its panel; no part of the definition",
}


def yaml_schema() -> dict[str, object]:
    """The schema, as plain JSON data (JSON Schema 2020-12)."""
    formula = {"$ref": "#/$defs/formula"}
    parts: dict[str, object] = {
        "meta": {"type": "object"},
        "define": {"type": "object", "additionalProperties": formula},
        "features": {
            "anyOf": [
                {"type": "array", "items": formula, "minItems": 1},
                {"type": "object", "additionalProperties": formula, "minProperties": 1},
            ]
        },
        "label": formula,
        "universe": formula,
        "weights": formula,
        "model": {"$ref": "#/$defs/estimator"},
        "preprocess": {"anyOf": [_step(), {"type": "array", "items": _step()}]},
        "search": _search(),
        "evaluation": {"anyOf": [_splitter(name) for name in SPLITTERS]},
        "data": {"anyOf": [{"type": "string"}, _data()]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "alpha_bench model",
        "description": "A model of cross-sectional returns and how it is judged.",
        "type": "object",
        "properties": {k: {"description": _MEANINGS[k], **_mapping(parts[k])} for k in KEYS},
        "required": list(NEEDED),
        "additionalProperties": False,
        "$defs": {"formula": _formula(), "plain": _plain(), "estimator": _estimator()},
    }


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def _formula() -> dict[str, object]:
    calls = [
        f"{space}.{name}(...)" for space, names in VOCABULARY.items() if space != "data" for name in names
    ]
    return {
        "description": "A formula over the panel's fields. Calls: " + ", ".join(calls),
        "anyOf": [{"type": ["string", "number"], "minLength": 1}, {"$ref": "#/$defs/plain"}],
        "examples": [
            "ret(20)",
            "ts.mean(close, 20)",
            "cs.rank(ret(60))",
            "volume / shares_outstanding",
            "fwd_ret_10d",
        ],
    }


def _plain() -> dict[str, object]:
    expression = {"$ref": "#/$defs/plain"}
    written: list[dict[str, object]] = [
        {"properties": {"field": {"type": "string"}}, "required": ["field"]},
        {"properties": {"const": {"type": "number"}}, "required": ["const"]},
        {
            "properties": {
                "op": {"type": "string"},
                "args": {"type": "array", "items": expression},
                "params": {"type": "object"},
            },
            "required": ["op"],
        },
    ]
    return {"anyOf": [{"type": "object", "additionalProperties": False, **w} for w in written]}


def _estimator() -> dict[str, object]:
    names = "|".join(KINDS)
    return {
        "anyOf": [
            {"enum": list(KINDS)},
            {"type": "string", "pattern": rf"^({names}|[a-z_0-9]+(\.[A-Za-z_0-9]+)+)(\(.*\))?$"},
            {
                "type": "object",
                "properties": {"estimator": {"type": "string"}, "params": {"type": "object"}},
                "required": ["estimator"],
                "additionalProperties": False,
            },
        ],
        "examples": [*KINDS, "Ridge(alpha=2.0)", "sklearn.svm.LinearSVR(random_state=0)"],
    }


def _step() -> dict[str, object]:
    return {
        "anyOf": [
            {"type": "string", "pattern": rf"^({'|'.join(STEPS)})(\(.*\))?$"},
            {
                "type": "object",
                "properties": {"step": {"enum": list(STEPS)}, "params": {"type": "object"}},
                "required": ["step"],
                "additionalProperties": False,
            },
        ],
        "examples": [repr(make()) for make in STEPS.values()],
    }


def _search() -> dict[str, object]:
    interval = {
        "type": "object",
        "properties": {
            "low": {"type": "number"},
            "high": {"type": "number"},
            "scale": {"enum": ["linear", "log"], "default": "linear"},
        },
        "required": ["low", "high"],
        "additionalProperties": False,
    }
    whole: dict[str, object] = {"type": "integer", "minimum": 0}
    properties: dict[str, object] = {
        "method": {"enum": ["grid", "random"], "default": "grid"},
        "space": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [{"type": "array", "minItems": 1}, interval]},
        },
        "n": {**whole, "description": "draws of a random search", "default": 20},
        "seed": {**whole, "default": 0},
        "folds": {**whole, "description": "inner test blocks in each training range", "default": 3},
        "embargo": {**_SESSIONS, "default": "5d"},
        "score": {"enum": list(SCORES), "default": "rank_ic"},
    }
    assert tuple(properties) == SEARCH_KEYS
    return {
        "type": "object",
        "properties": properties,
        "required": ["space"],
        "additionalProperties": False,
    }


def _splitter(name: str) -> dict[str, object]:
    properties: dict[str, object] = {"splitter": {"const": name, "default": "walk_forward"}}
    properties |= {p: {**_PARAMETERS[p], "default": default} for p, default in SPLITTERS[name].items()}
    properties["trials"] = {
        **_COUNT,
        "description": "variants tried before this one, itself included",
        "default": 1,
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [] if name == "walk_forward" else ["splitter"],
        "additionalProperties": False,
    }


def _data() -> dict[str, object]:
    text: dict[str, object] = {"type": "string", "minLength": 1}
    derive = {"type": "object", "additionalProperties": text}
    return {
        "type": "object",
        "properties": {k: derive if k == "derive" else text for k in DATA_KEYS},
        "required": ["prices"],
        "additionalProperties": False,
    }
