"""``[meta]``: who the model is. From the entries of the comment block to a checked value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from nbcode.notebook.editing import line_removed, replaced
from nbcode.notebook.expressions import Expression, ExpressionError, parse_expression
from nbcode.notebook.framework import YAML_SUFFIXES
from nbcode.notebook.meta_as_of import AS_OF, is_day
from nbcode.notebook.meta_gates import MetaGate, NoGate, read_gate
from nbcode.notebook.meta_horizon import HORIZON, meant_horizon
from nbcode.notebook.meta_keys import EXAMPLES, KEYS, KINDS, REQUIRED
from nbcode.notebook.meta_lines import read_meta_lines, unknown_key
from nbcode.notebook.meta_names import INPUT_NAME, NAME, RESERVED, as_name, hidden, type_name
from nbcode.notebook.meta_values import Entry, MetaProblem, as_text, text_pairs
from nbcode.notebook.model import Cell
from nbcode.notebook.secrets import masked_secret
from nbcode.primitives import Diagnostic, Fix, Place, TextEdit, dataclass, nearest

_VERSION = re.compile(r"v\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Meta:
    """A checked ``[meta]``. ``horizon`` is as written (``10d``), ``horizon_sessions`` its number of sessions.

    ``inputs`` are (name, uri) and ``gates`` (metric, operator, value), each in the order written; the value of the gate ``foresight``
    is ``clean`` or ``none found``, of others a number. ``model`` and ``signal`` say
    where the result is (None: the name `m`), ``report`` where its figures are (None: the name `report`); ``figures`` are
    (name, expression) where [meta] says each figure by itself, and then ``report`` is None. ``outputs`` are (name, path) of files
    that the cells write and the artifact keeps. ``as_of`` is the last day (``YYYY-MM-DD``) whose rows are read; None: all are.
    """

    id: str
    kind: str
    horizon: str
    horizon_sessions: int
    owner: str
    data: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    model: Expression | None = None
    report: Expression | None = None
    figures: tuple[tuple[str, Expression], ...] = ()
    signal: Expression | None = None
    outputs: tuple[tuple[str, str], ...] = ()
    description: str = ""
    gates: tuple[MetaGate, ...] = ()
    as_of: str | None = None

    @property
    def expressions(self) -> tuple[tuple[str, Expression], ...]:
        """Every expression with the key that it stands under, such as ``report.ic``."""
        single = (("model", self.model), ("report", self.report), ("signal", self.signal))
        figures = ((f"report.{name}", expression) for name, expression in self.figures)
        return (*((key, one) for key, one in single if one is not None), *figures)


@dataclass(frozen=True, kw_only=True, slots=True)
class MetaReading:
    """The meta (None where anything in it is wrong) and the findings. ``inputs``: name and path of each, also where another key is wrong."""

    meta: Meta | None
    diagnostics: tuple[Diagnostic, ...]
    inputs: tuple[tuple[str, str], ...] = ()


def read_meta(cell: Cell, path: str) -> MetaReading:
    """Read and check a ``[meta]`` cell: section C of the bad inputs. Never raises."""
    lines = read_meta_lines(cell.source)
    check = _Check(cell=cell, path=path, found=[])
    for problem in lines.problems:
        if (key := unknown_key(cell.source, problem, KEYS)) is not None:
            entry = Entry(key=key, value="", line=problem.line, column=problem.column or 1)
            check.unknown(entry, no_key_takes_it=problem.code == "C06")
        else:
            check.add(problem)
    for key, entry in lines.entries.items():
        if key not in KEYS:
            check.unknown(entry)
    values = {key: entry for key, entry in lines.entries.items() if key in KEYS}
    meta = check.meta(values, unread=bool(lines.problems))
    inputs = text_pairs(values.get("inputs"))
    return MetaReading(meta=None if check.found else meta, diagnostics=tuple(check.found), inputs=inputs)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Check:
    """Collects what is wrong while the values are taken."""

    cell: Cell
    path: str
    found: list[Diagnostic]

    def add(self, problem: MetaProblem) -> None:
        first = self.cell.first_line
        self.found.append(
            Diagnostic(
                code=f"NBC-{problem.code}",
                message=problem.message,
                cause=problem.cause,
                fixes=(
                    Fix(
                        title=problem.fix,
                        edits=tuple(replace(edit, cell=self.cell.index) for edit in problem.edits),
                    ),
                ),
                place=Place(
                    path=self.path,
                    cell=self.cell.index,
                    tag="meta",
                    line=problem.line,
                    column=problem.column,
                    file_line=None if first is None else first + problem.line - 1,
                ),
            )
        )

    def wrong(
        self,
        code: str,
        entry: Entry,
        message: str,
        cause: str,
        fix: str,
        *,
        edits: tuple[TextEdit, ...] = (),
    ) -> None:
        self.add(
            MetaProblem(
                code=code,
                message=message,
                cause=cause,
                fix=fix,
                line=entry.line,
                column=entry.column,
                edits=edits,
            )
        )

    def value_edit(self, entry: Entry, new: str) -> tuple[TextEdit, ...]:
        """The edit that writes ``new`` for a value, where the value stands there as it is, without quotes."""
        written = self.cell.source.split("\n")[entry.line - 1][entry.column - 1 :]
        old = str(entry.value)
        if not re.match(re.escape(old) + r"(?=\s*(?:#|$))", written):
            return ()
        return (replaced(0, entry.line, entry.column, old, new),)

    def key_edit(self, entry: Entry, meant: str | None) -> tuple[TextEdit, ...]:
        """The edit that writes ``meant`` for a key; with None, that deletes a line."""
        if meant is not None:
            line = self.cell.source.split("\n")[entry.line - 1]
            return (replaced(0, entry.line, line.index(entry.key) + 1, entry.key, meant),)
        return () if isinstance(entry.value, Mapping) else (line_removed(0, entry.line),)

    def unknown(self, entry: Entry, *, no_key_takes_it: bool = False) -> None:
        meant = None if no_key_takes_it else nearest(entry.key, KEYS)
        self.wrong(
            "C12",
            entry,
            f"unknown key `{entry.key[:40]}`" + (f": did you mean `{meant}`?" if meant else ""),
            f"the keys are {', '.join(KEYS)}",
            f"write {meant}" if meant else "delete the line",
            edits=self.key_edit(entry, meant),
        )

    def meta(self, values: Mapping[str, Entry], *, unread: bool) -> Meta | None:
        missing = [key for key in REQUIRED if key not in values]
        if missing and not unread:
            self.add(
                MetaProblem(
                    code="C18",
                    message="missing from [meta]: " + ", ".join(f"`{key}`" for key in missing),
                    cause="without it the model has no name, owner or horizon",
                    fix=self.line_to_add(*(EXAMPLES[key] for key in missing)),
                    line=1,
                    edits=self.lines_added([EXAMPLES[key] for key in missing]),
                )
            )
        name = self.name(values.get("id"), "id")
        kind = self.kind(values.get("kind"))
        horizon = self.horizon(values.get("horizon"))
        owner = self.line_of_text(values.get("owner"))
        data = self.line_of_text(values.get("data"))
        description = self.line_of_text(values.get("description"))
        inputs = self.inputs(values.get("inputs"))
        model, signal = self.expression(values.get("model")), self.expression(values.get("signal"))
        report, figures = self.report(values.get("report"))
        outputs = self.outputs(values.get("outputs"))
        gates = self.gates(values.get("gates"))
        as_of = self.as_of(values.get(AS_OF))
        self.result_of_kind(kind, values)
        if name is None or kind is None or horizon is None or owner is None:
            return None
        return Meta(
            id=name,
            kind=kind,
            horizon=horizon,
            horizon_sessions=int(horizon[:-1]),
            owner=owner,
            data=data,
            inputs=inputs,
            model=model,
            report=report,
            figures=figures,
            signal=signal,
            outputs=outputs,
            description=description or "",
            gates=gates,
            as_of=as_of,
        )

    def line_to_add(self, *lines: str) -> str:
        """``lines`` as they are written where the [meta] stands: in YAML they are no comments."""
        if Path(self.path).suffix.lower() in YAML_SUFFIXES:
            return f"add {' and '.join(lines)} below meta:"
        return f"add # {' and # '.join(lines)}"

    def lines_added(self, lines: list[str]) -> tuple[TextEdit, ...]:
        """The edit that writes ``lines`` at the end of the block."""
        source = self.cell.source.split("\n")
        first = next((text for text in source if re.match(r"\s*# *[A-Za-z_\"']", text)), "# ")
        margin = re.match(r"\s*# *", first)
        new = "".join(f"\n{margin[0] if margin else '# '}{line}" for line in lines)
        return (replaced(0, len(source), len(source[-1]) + 1, "", new),)

    def text(self, entry: Entry | None, path: str | None = None) -> str | None:
        """The entry's text, unless it is missing, of another type, a secret, or a template."""
        if entry is None:
            return None
        where = path or entry.key
        if not isinstance(entry.value, str):
            got = type_name(entry.value)
            self.wrong(
                "C13",
                entry,
                f"`{where}`: expected text, got {got}",
                "each key takes one type",
                f"write {entry.key}: {as_text(entry.value)}",
            )
            return None
        masked = masked_secret(entry.value)
        if masked is not None:
            self.wrong(
                "C16",
                entry,
                f"`{where}` looks like a secret: {masked}",
                "[meta] is stored with the model and shown to everyone",
                "remove it and revoke the key",
            )
            return None
        if "{{" in entry.value or "}}" in entry.value:
            self.wrong(
                "C17",
                entry,
                f"`{where}` holds a template `{{{{`",
                "a workflow engine would fill it in",
                "write plain text",
            )
            return None
        return entry.value

    def line_of_text(self, entry: Entry | None) -> str | None:
        value = self.text(entry)
        if value is None or entry is None:
            return None
        unseen = hidden(value)
        if unseen is not None or len(value) > 300 or not value.strip():
            problem = f"character U+{ord(unseen):04X}" if unseen is not None else f"{len(value)} characters"
            self.wrong(
                "C14",
                entry,
                f"`{entry.key}` has {problem}",
                "it is shown to people in one line",
                "write 1 to 300 visible characters",
            )
            return None
        return value

    def name(self, entry: Entry | None, path: str) -> str | None:
        value = self.text(entry, path)
        if value is None or entry is None:
            return None
        return value if self.name_is_right(value, entry, path) else None

    def name_is_right(self, value: str, entry: Entry, path: str) -> bool:
        """C14 and C15 for a name that becomes part of paths, commits and registry entries."""
        shown = value[:70].encode("ascii", "backslashreplace").decode()
        if not value.isascii() and unicodedata.normalize("NFC", value) != value:
            self.wrong(
                "C15",
                entry,
                f"`{path}` {shown} looks the same as {unicodedata.normalize('NFC', value)[:70]} and is not",
                "its accents are separate characters",
                "use plain letters a-z",
            )
        elif path != "id":
            if INPUT_NAME.fullmatch(value):
                return True
            self.wrong(
                "C14",
                entry,
                f"`{path[:80]}` is not a name",
                "a name is 1 to 63 of a-z, 0-9, _ and -, and starts with a letter",
                f"write {as_name(value)}",
            )
        elif value in RESERVED or _VERSION.fullmatch(value):
            self.wrong(
                "C14",
                entry,
                f"`{path}` {shown} is reserved",
                "the registry uses the word itself",
                "choose another name",
            )
        elif not NAME.fullmatch(value):
            self.wrong(
                "C14",
                entry,
                f"`{path}` {shown} is not a name",
                "a name is 2 to 63 of a-z, 0-9, _ and -, and starts with a letter",
                f"write {as_name(value)}",
                edits=self.value_edit(entry, as_name(value)) if NAME.fullmatch(as_name(value)) else (),
            )
        else:
            return True
        return False

    def kind(self, entry: Entry | None) -> str | None:
        value = self.text(entry)
        if value is not None and entry is not None and value not in KINDS:
            meant = nearest(value, KINDS) or "model"
            self.wrong(
                "C13",
                entry,
                f"`kind`: expected {' or '.join(KINDS)}, got {value[:40]!r}",
                "what is promoted is a model that predicts, or a signal: scores or positions by date and symbol",
                f"write kind: {meant}",
                edits=self.value_edit(entry, meant),
            )
            return None
        return value

    def result_of_kind(self, kind: str | None, values: Mapping[str, Entry]) -> None:
        """C21 where the keys say another kind of result than `kind`; C18 for a signal that is not named."""
        if kind == "signal" and "signal" not in values:
            self.add(
                MetaProblem(
                    code="C18",
                    message="missing from [meta]: `signal`",
                    cause="kind: signal is promoted from the name that holds the scores or positions",
                    fix=self.line_to_add("signal: NAME"),
                    line=values["kind"].line,
                )
            )
        other = {"model": "signal", "signal": "model"}.get(kind or "")
        if other is not None and other in values:
            self.wrong(
                "C21",
                values[other],
                f"`{other}` in a notebook of kind: {kind}",
                "a notebook is promoted as one of the two",
                f"delete the line, or write kind: {other}",
                edits=self.key_edit(values[other], None),
            )

    def expression(self, entry: Entry | None, path: str | None = None) -> Expression | None:
        """The expression that an entry says, as text; C20 where it is none."""
        value = self.text(entry, path)
        if value is None or entry is None:
            return None
        try:
            return parse_expression(value, entry.line)
        except ExpressionError as error:
            self.wrong(
                "C20",
                entry,
                f"`{path or entry.key}`: {value[:60]!r} cannot be evaluated",
                str(error),
                "write a name of a tagged cell, or an expression of such names",
            )
            return None

    def report(self, entry: Entry | None) -> tuple[Expression | None, tuple[tuple[str, Expression], ...]]:
        """Where the figures are: one expression for all of them, or one for each."""
        if entry is None or not isinstance(entry.value, Mapping):
            return self.expression(entry), ()
        if not entry.value:
            self.wrong(
                "C13",
                entry,
                "`report` names no figure",
                "a candidate is recorded with figures",
                "write ic: EXPRESSION below it",
            )
        figures = ((key, self.expression(inner, f"report.{key}")) for key, inner in entry.value.items())
        return None, tuple((key, one) for key, one in figures if one is not None)

    def horizon(self, entry: Entry | None) -> str | None:
        is_number = entry is not None and isinstance(entry.value, int) and not isinstance(entry.value, bool)
        value = entry.value if entry is not None and is_number else self.text(entry)
        if entry is None or value is None:
            return None
        if HORIZON.fullmatch(str(value)):
            return str(value)
        meant, cause = meant_horizon(str(value))
        self.wrong(
            "C13",
            entry,
            f"`horizon`: expected sessions such as 10d, got {repr(value)[:42]}",
            cause,
            f"write horizon: {meant or '10d'}",
            edits=self.value_edit(entry, meant) if meant else (),
        )
        return None

    def as_of(self, entry: Entry | None) -> str | None:
        value = self.text(entry)
        if entry is None or value is None or is_day(value):
            return value
        self.wrong(
            "C13",
            entry,
            f"`{AS_OF}`: expected a day such as 2024-06-28, got {value[:40]!r}",
            "rows of that day and before are read, and none after it",
            f"write {AS_OF}: 2024-06-28",
        )
        return None

    def mapping(self, entry: Entry | None, example: str) -> Mapping[str, Entry]:
        if entry is None:
            return {}
        if isinstance(entry.value, Mapping):
            return entry.value
        self.wrong(
            "C13",
            entry,
            f"`{entry.key}`: expected a mapping, got {type_name(entry.value)}",
            f"such as {example}",
            f"write {example}",
        )
        return {}

    def inputs(self, entry: Entry | None) -> tuple[tuple[str, str], ...]:
        pairs: list[tuple[str, str]] = []
        for key, inner in self.mapping(entry, 'inputs: {macro: "data/macro.csv"}').items():
            right = self.name_is_right(key, inner, f"inputs.{key}")
            uri = self.text(inner, f"inputs.{key}")
            if right and uri is not None:
                pairs.append((key, uri))
        return tuple(pairs)

    def outputs(self, entry: Entry | None) -> tuple[tuple[str, str], ...]:
        pairs: list[tuple[str, str]] = []
        for key, inner in self.mapping(entry, 'outputs: {metrics: "results/metrics.csv"}').items():
            right = self.name_is_right(key, inner, f"outputs.{key}")
            path = self.text(inner, f"outputs.{key}")
            if path is None:
                continue
            parts = path.split("/")
            if (
                path.startswith(("/", "~"))
                or "\\" in path
                or parts.count("..") != len([*takewhile("..".__eq__, parts)])
                or not path.strip()
            ):
                self.wrong(
                    "C14",
                    inner,
                    f"`outputs.{key}`: {path[:60]!r} is no path relative to the notebook",
                    "an output is a file that the cells write below the project's root",
                    "write it as the cell does, such as results/metrics.csv",
                )
            elif right:
                pairs.append((key, path))
        return tuple(pairs)

    def gates(self, entry: Entry | None) -> tuple[MetaGate, ...]:
        gates: list[MetaGate] = []
        for key, inner in self.mapping(entry, 'gates: {rank_ic: ">= 0.01"}').items():
            value = self.text(inner, f"gates.{key}")
            if value is None:
                continue
            gate = read_gate(key, value)
            if isinstance(gate, NoGate):
                edits = () if gate.instead is None else self.value_edit(inner, gate.instead)
                self.wrong("C13", inner, gate.message, gate.cause, gate.fix, edits=edits)
            else:
                gates.append(gate)
        return tuple(gates)
