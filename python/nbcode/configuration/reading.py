"""nbcode.toml text -> Config and every problem at once. Pure."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from nbcode.configuration.isolation import Isolation
from nbcode.configuration.keys import DATASET, FILE_NAME, KEYS, OFF, SAMPLE, Key, Kind
from nbcode.configuration.lines import line_of_keys
from nbcode.configuration.servers import (
    JOURNAL_CREDENTIALS,
    SEEN_BY_MANY,
    cluster_refusal,
    holds_password,
    journal_refusal,
)
from nbcode.configuration.sources import (
    DIGEST_EXAMPLE,
    connection_holds_secret,
    connection_refusal,
    digest_refusal,
    is_remote,
    place_of,
    source_holds_secret,
    source_refusal,
)
from nbcode.configuration.units import parse_duration_s, parse_size_bytes
from nbcode.configuration.values import (
    NO_DEFAULT,
    ArgoConfig,
    Config,
    DatasetConfig,
    RefitConfig,
    RunConfig,
    TableLayout,
)
from nbcode.primitives import Diagnostic, Digest, Place, dataclass, errors_of, has_userinfo, nearest

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_LAYOUT = ("field", "levels", "delimiter", "decimal", "date_format")
_Path: TypeAlias = tuple[str, ...]
_JOURNAL = ("journal", "uri")
_CREDENTIALS = "write the address without it, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
_SECRETS = {
    Kind.SOURCE: "write the address without it: credentials of s3:// come from the environment (AWS_ACCESS_KEY_ID and its like)",
    Kind.CONNECTION: 'write connection = "$WAREHOUSE_URL", and set that variable in your environment',
}
_TYPES = {
    str: "text",
    bool: "true/false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigReading:
    """A configuration, or None where an error stands in the way."""

    config: Config | None
    diagnostics: tuple[Diagnostic, ...] = ()
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    """On which line each key stands."""


def read_config(text: str, path: Path) -> ConfigReading:
    """Read the text of the nbcode.toml at ``path``; its folder is what relative paths are relative to."""
    try:
        document: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return ConfigReading(config=None, diagnostics=(_syntax(error, text, path),))
    except RecursionError:
        place = Place(path=str(path))
        cause = "tables are nested too deep"
        problem = Diagnostic(code="NBC-C30", message="nbcode.toml is not TOML", cause=cause, place=place)
        return ConfigReading(config=None, diagnostics=(problem,))
    reader = _Reader(path=path, lines=line_of_keys(text))
    reader.read(document)
    config = reader.config()
    found = tuple(sorted(reader.diagnostics, key=lambda d: (d.place.line or 0) if d.place else 0))
    return ConfigReading(config=None if errors_of(found) else config, diagnostics=found, lines=reader.lines)


def _syntax(error: tomllib.TOMLDecodeError, text: str, path: Path) -> Diagnostic:
    match = _AT.search(str(error))
    line, column = (int(match[1]), int(match[2])) if match and match[1] else (text.count("\n") + 1, None)
    what = _AT.sub("", str(error))
    twice = re.search(r"(?i)overwrite a value|twice|already", what)
    return Diagnostic(
        code="NBC-C03" if twice else "NBC-C30",
        message="a key or table is written twice" if twice else "nbcode.toml is not TOML",
        cause=what,
        fixes=("keep one of the two",) if twice else ('text needs quotes: name = "value"',),
        place=Place(path=str(path), line=line, column=column, file_line=line),
    )


@dataclass(kw_only=True, slots=True)
class _Reader:
    """Collects values by their key's path, and problems."""

    path: Path
    lines: dict[_Path, int]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    texts: dict[_Path, str] = field(default_factory=dict)
    formulas: dict[_Path, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    datasets: list[str] = field(default_factory=list)

    def problem(self, code: str, at: _Path, message: str, cause: str, fix: str) -> None:
        line = next((self.lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in self.lines), None)
        place = Place(path=str(self.path), line=line, file_line=line)
        self.diagnostics.append(
            Diagnostic(code=f"NBC-{code}", message=message, cause=cause, fixes=(fix,), place=place)
        )

    def read(self, document: dict[str, object]) -> None:
        sections = {key.path[0] for key in KEYS}
        for name, value in document.items():
            if name not in sections:
                self.unknown((name,), sections, what="table" if isinstance(value, dict) else "key")
            elif not isinstance(value, dict):
                self.wrong_type((name,), "a table", value, f"write it as a table: [{name}]")
            elif name == "data":
                self.read_datasets(value)
            else:
                self.read_table((name,), (name,), value)

    def read_datasets(self, tables: dict[str, object]) -> None:
        for name, value in tables.items():
            at = ("data", name)
            if not isinstance(value, dict):
                fix = f"write a table of its own: [data.sp500] and below it {name} = ..."
                self.problem(
                    "C13", at, f"`data.{name}` is not a table", f"expected a table, got {_type(value)}", fix
                )
                continue
            if name == SAMPLE or not _NAME.fullmatch(name):
                reserved = "the embedded panel has this name"
                cause = (
                    reserved if name == SAMPLE else "a name is a-z, 0-9, _ and -, and begins with a letter"
                )
                self.problem("C14", at, f"a dataset cannot be named {name!r}", cause, "choose another name")
                continue
            self.datasets.append(name)
            self.read_table(at, ("data", DATASET), value)

    def read_table(self, at: _Path, form: _Path, table: dict[str, object]) -> None:
        known = {key.name: key for key in KEYS if key.path[:-1] == form}
        for name, value in table.items():
            if name not in known:
                self.unknown((*at, name), known, what="key")
            else:
                self.read_value((*at, name), known[name], value)
        for key in known.values():
            misspelt = any(nearest(name, known) == key.name for name in table if name not in known)
            if key.required and key.name not in table and not misspelt:
                fix = f"add {key.name} = {key.example}"
                self.problem("C33", at, f"`{key.name}` is missing in [{'.'.join(at)}]", key.meaning, fix)

    def read_value(self, at: _Path, key: Key, value: object) -> None:
        if key.kind is Kind.FORMULAS:
            self.read_formulas(at, key, value)
            return
        if key.kind is Kind.NAMES:
            self.read_names(at, key, value)
            return
        if key.kind is Kind.LIMIT and type(value) in (int, float):
            value = repr(value)
        if not isinstance(value, str):
            self.wrong_type(at, str(key.kind), value, f"write {key.name} = {key.default or key.example}")
            return
        if key.path == ("registry", "uri") and has_userinfo(value):
            self.problem("C35", at, "`registry.uri` holds a user or a password", SEEN_BY_MANY, _CREDENTIALS)
            return
        if key.path == _JOURNAL and holds_password(value):
            self.problem("C35", at, "`journal.uri` holds a password", SEEN_BY_MANY, JOURNAL_CREDENTIALS)
            return
        secret = {Kind.SOURCE: source_holds_secret, Kind.CONNECTION: connection_holds_secret}.get(key.kind)
        if secret is not None and secret(value):
            self.problem("C35", at, f"`{'.'.join(at)}` holds a secret", SEEN_BY_MANY, _SECRETS[key.kind])
            return
        cause = _refusal(key, value)
        if cause:
            fix = f"write {key.name} = {_suggestion(key, value)}"
            self.problem("C31", at, f"`{'.'.join(at)}` cannot be {value!r}", cause, fix)
            return
        self.texts[at] = value

    def read_formulas(self, at: _Path, key: Key, value: object) -> None:
        if not isinstance(value, dict):
            self.wrong_type(at, str(key.kind), value, f"write {key.name} = {key.example}")
            return
        for name, formula in value.items():
            if not isinstance(formula, str):
                fix = f'put it in quotes: {name} = "{formula}"'
                self.wrong_type((*at, name), "a formula in quotes", formula, fix)
            elif not name.isidentifier():
                cause = "a field is a Python name"
                self.problem(
                    "C14", (*at, name), f"a field cannot be named {name!r}", cause, "choose another name"
                )
        self.formulas[at] = tuple((name, str(formula)) for name, formula in value.items())

    def read_names(self, at: _Path, key: Key, value: object) -> None:
        if not isinstance(value, dict):
            self.wrong_type(at, str(key.kind), value, f"write {key.name} = {key.example}")
            return
        for name, field_name in value.items():
            if not isinstance(field_name, str):
                fix = f'put it in quotes: "{name}" = "{field_name}"'
                self.wrong_type((*at, name), "a name in quotes", field_name, fix)
            elif not field_name.isidentifier():
                cause = "a field is a Python name"
                message = f"a field cannot be named {field_name!r}"
                self.problem("C14", (*at, name), message, cause, f'"{name}" = "{_python_name(field_name)}"')
        self.formulas[at] = tuple((str(name), str(field_name)) for name, field_name in value.items())

    def unknown(self, at: _Path, known: set[str] | dict[str, Key], what: str) -> None:
        near = nearest(at[-1], known)
        listed = ", ".join(sorted(known))
        fix = f"write `{near}`" if near else f"remove it; known here: {listed}"
        self.problem(
            "C12", at, f"unknown {what} `{'.'.join(at)}`", f"known here: {listed}" if near else "", fix
        )

    def wrong_type(self, at: _Path, expected: str, value: object, fix: str) -> None:
        message = f"`{'.'.join(at)}` has the wrong type"
        self.problem("C13", at, message, f"expected {expected}, got {_type(value)}", fix)

    def config(self) -> Config:
        base = self.path.parent
        data = self.default_data()
        return Config(
            path=self.path,
            datasets=tuple(self.dataset(name, base) for name in self.datasets),
            defaults_data=None if data == SAMPLE else data,
            run=self.run_config(),
            argo=ArgoConfig(**{at[1]: text for at, text in self.texts.items() if at[0] == "argo"}),
            refit=self.refit_config(),
            registry_uri=self.texts.get(("registry", "uri")),
            journal_uri=self.texts.get(_JOURNAL),
            store_path=self.texts.get(("store", "path"), Config().store_path),
        )

    def default_data(self) -> str | None:
        at = ("defaults", "data")
        chosen = self.texts.get(at)
        if chosen is None:
            if len(self.datasets) > 1:
                return NO_DEFAULT
            return self.datasets[0] if self.datasets else None
        names = [*self.datasets, SAMPLE]
        if chosen not in names:
            near = nearest(chosen, names)
            fix = f"write `{near}`" if near else f"declare it: [data.{chosen}]"
            self.problem("C32", at, f"no dataset is named `{chosen}`", f"declared: {', '.join(names)}", fix)
        return chosen

    def layout(self, at: _Path) -> TableLayout | None:
        texts = {name: self.texts.get((*at, name), "") for name in _LAYOUT}
        if texts["field"] and not texts["field"].isidentifier():
            cause, fix = "a field is a Python name", f'field = "{_python_name(texts["field"])}"'
            self.problem("C14", (*at, "field"), f"a field cannot be named {texts['field']!r}", cause, fix)
        if texts["delimiter"] and texts["delimiter"] == (texts["decimal"] or "."):
            cause = "columns and decimals would be ambiguous"
            self.problem(
                "C31", (*at, "delimiter"), "`delimiter` is the mark of the decimals", cause, 'decimal = "."'
            )
        found = TableLayout(**texts, rename=self.formulas.get((*at, "rename"), ()))
        return None if found == TableLayout() else found

    def dataset(self, name: str, base: Path) -> DatasetConfig:
        at = ("data", name)
        prices = self.texts.get((*at, "prices"), "")
        reference = self.texts.get((*at, "reference"))
        self.require_digests(at, {"prices": "digest", "reference": "reference_digest"})
        place = partial(place_of, base, self.texts.get(("store", "path"), Config().store_path), name)
        return DatasetConfig(
            name=name,
            prices=place("prices", prices),
            prices_uri=prices,
            reference=None if reference is None else place("reference", reference),
            reference_uri=reference,
            digest=self.digest((*at, "digest")),
            reference_digest=self.digest((*at, "reference_digest")),
            query=self.texts.get((*at, "query")),
            connection=self.texts.get((*at, "connection"), "duckdb:"),
            derive=self.formulas.get((*at, "derive"), ()),
            date_column=self.texts.get((*at, "date"), "date"),
            symbol_column=self.texts.get((*at, "symbol"), "symbol"),
            layout=self.layout(at),
            calendar=self.texts.get((*at, "calendar"), ""),
            line=self.lines.get(at),
            lines=tuple((key[-1], line) for key, line in self.lines.items() if key[:-1] == at),
        )

    def digest(self, at: _Path) -> Digest | None:
        text = self.texts.get(at)
        return None if text is None else Digest(text)

    def require_digests(self, at: _Path, keys: Mapping[str, str]) -> None:
        """What is fetched from a server by its address is whatever that gives today, unless its content is stated; and no query writes there."""
        for name, digest in keys.items():
            uri = self.texts.get((*at, name), "")
            if uri.startswith("https://") and (*at, digest) not in self.texts:
                cause = "what a server gives at an address can be another thing tomorrow"
                fix = f"add {digest} = {DIGEST_EXAMPLE}, with the digits that `sha256sum` prints"
                self.problem("C33", (*at, name), f"`{digest}` is missing in [{'.'.join(at)}]", cause, fix)
        if (*at, "query") in self.texts and is_remote(self.texts.get((*at, "prices"), "")):
            cause = "a snapshot of a query is a file of this machine"
            self.problem(
                "C31",
                (*at, "query"),
                "`query` writes no data elsewhere",
                cause,
                f'prices = "data/{at[-1]}.parquet"',
            )

    def refit_config(self) -> RefitConfig:
        asked = {at[1]: text for at, text in self.texts.items() if at[0] == "refit"}
        limits = {name: None if text == OFF else float(text) for name, text in asked.items()}
        return replace(RefitConfig(), **limits)

    def run_config(self) -> RunConfig:
        default = RunConfig()
        time, memory = self.texts.get(("run", "time_limit")), self.texts.get(("run", "memory_limit"))
        output = self.texts.get(("run", "output_limit"))
        cpu = self.texts.get(("run", "cpu_limit"))
        describe, ahead = self.texts.get(("run", "describe_limit")), self.texts.get(("run", "look_limit"))
        return RunConfig(
            on=self.texts.get(("run", "on"), default.on),
            isolation=Isolation(self.texts.get(("run", "isolation"), default.isolation)),
            time_limit_s=default.time_limit_s if time is None else parse_duration_s(time),
            cpu_limit_s=None if cpu is None else parse_duration_s(cpu),
            describe_limit_s=default.describe_limit_s if describe is None else parse_duration_s(describe),
            look_limit_s=default.look_limit_s if ahead is None else parse_duration_s(ahead),
            memory_limit_bytes=default.memory_limit_bytes if memory is None else parse_size_bytes(memory),
            output_limit_bytes=default.output_limit_bytes if output is None else parse_size_bytes(output),
        )


def _type(value: object) -> str:
    kind = _TYPES.get(type(value), "a date or time")
    return f"{kind} ({value})" if isinstance(value, (bool, int, float)) else kind


def _refusal(key: Key, value: str) -> str:
    """Why the text is not allowed, or an empty text."""
    try:
        if key.kind is Kind.DURATION:
            parse_duration_s(value)
        elif key.kind is Kind.SIZE:
            parse_size_bytes(value)
        elif key.kind is Kind.LIMIT and value != OFF and not math.isfinite(float(value)):
            return "it is not finite"
    except ValueError as error:
        return str(error)
    if key.choices and value not in key.choices:
        return "expected one of " + ", ".join(key.choices)
    if key.kind is Kind.CHARACTER:
        return "" if len(value) == 1 else f"it has {len(value)} characters"
    if not value.strip():
        return "it is empty"
    if not (" ".join(value.split()) if key.kind is Kind.STATEMENT else value).isprintable():
        return "it holds a control character"
    if key.path == _JOURNAL:
        return journal_refusal(value)
    if key.path[0] == "argo":
        return cluster_refusal(key.name, value)
    if key.kind is Kind.DIGEST:
        return digest_refusal(value)
    if key.kind is Kind.CONNECTION:
        return connection_refusal(value)
    if key.kind is Kind.SOURCE and is_remote(value):
        return source_refusal(value)
    if key.kind is Kind.PATH and "://" in value:
        return "only files of this machine can be named here"
    if key.kind in (Kind.PATH, Kind.SOURCE) and value.startswith("~"):
        return f"~ means another folder to another user; paths are relative to {FILE_NAME}"
    return ""


def _python_name(text: str) -> str:
    """``adj_close`` for ``Adj Close``."""
    name = re.sub(r"\W+", "_", text.strip().lower()).strip("_")
    return name if name.isidentifier() else f"field_{name}".rstrip("_")


def _suggestion(key: Key, value: str) -> str:
    near = nearest(value, key.choices) if key.choices else None
    return f'"{near}"' if near else (key.default or key.example)
