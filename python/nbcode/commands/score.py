"""`nbcode score MODEL`: one session's predictions of a registered version, from files of prices, as a file and a record.

1. Which version: its number, its line, or the candidate. Its artifact is believed only under its digest.
2. Which data: what was named, else the dataset that the version was promoted on, as the project declares it now.
3. The recipe of the data is done; too little history, late data and too few names end it, before anything is written.
4. The file appears whole, in place of an earlier one of ours or of none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpha_bench.describe import AlphaBenchError
from nbcode.commands.named_file import NamedFile
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Exit,
    Json,
    NbcodeError,
    Severity,
    dataclass,
    digest_bytes,
)
from nbcode.results import FORMS, encode_scores, is_scores
from nbcode_runtime import Scores

if TYPE_CHECKING:
    from nbcode.commands.outputs.scoring import ScoredData, ScoreOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenVersion:
    """What predicts: ``artifact`` is a directory that has been verified against ``artifact_digest``. ``version`` is None where the
    artifact was named itself."""

    model: str
    version: int | None
    line: str
    alias: str | None
    artifact_digest: Digest
    spec_digest: Digest | None
    artifact: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenData:
    """Files of prices. ``dataset`` is their name in nbcode.toml, empty where a file was named; ``declared`` how nbcode.toml says that
    they are laid out, see :func:`alpha_bench.describe.panel_for`; ``calendar`` the exchange whose sessions they have, empty where none is named."""

    prices: Path
    reference: Path | None = None
    dataset: str = ""
    declared: Mapping[str, Any] | None = None
    calendar: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is asked for. ``as_of`` is YYYY-MM-DD, or None for the last session; ``least_coverage`` a share of the names."""

    as_of: str | None = None
    least_coverage: float | None = None
    out: Path | None = None
    form: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScorePorts:
    """What `score` acts on. ``choose`` finds and verifies the version, ``data`` the files for it, ``load`` makes a model of the artifact,
    ``predict`` asks it."""

    choose: Callable[[], ChosenVersion]
    data: Callable[[ChosenVersion], ChosenData]
    load: Callable[[Path], Any]
    predict: Callable[[Any, ChosenData, str | None], Scores]
    digest: Callable[[Path], Digest]
    step: Callable[[str], None]
    now: Callable[[], str]
    monotonic_s: Callable[[], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreResult:
    """The predictions, of what they are, and where they went."""

    chosen: ChosenVersion
    data: ChosenData
    prices_digest: Digest
    reference_digest: Digest | None
    wanted: Wanted
    scores: Scores
    scored_at: str
    fitted_through: str
    seconds: tuple[tuple[str, float], ...]
    file_digest: Digest | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> ScoreOutput:
        """What `score --json` prints, and the file's own metadata holds but for its digest."""
        scores, chosen = self.scores, self.chosen
        return {
            "status": "done",
            "model": chosen.model,
            "version": chosen.version,
            "line": chosen.line,
            "alias": chosen.alias,
            "artifact_digest": chosen.artifact_digest,
            "spec_digest": chosen.spec_digest,
            "as_of": self.wanted.as_of,
            "session": scores.session,
            "data": self._data(),
            "history": {"needed": scores.needed, "sessions": scores.sessions},
            "rows": len(scores.symbols),
            "predicted": scores.predicted,
            "coverage": scores.coverage,
            "absent": list(scores.absent),
            "in_sample": scores.in_sample,
            "fitted_through": self.fitted_through,
            "file": None if self.wanted.out is None else str(self.wanted.out),
            "file_digest": self.file_digest,
            "scored_at": self.scored_at,
            "seconds": dict(self.seconds),
            "diagnostics": [one.to_json() for one in self.diagnostics],
        }

    @property
    def stable(self) -> dict[str, Json]:
        """What of it follows from model and data alone, for the file itself: the same question, the same bytes."""
        told: Mapping[str, Any] = self.to_json()
        left_out = {"status", "file", "file_digest", "scored_at", "seconds", "diagnostics", "data", "alias"}
        data = {name: self._data()[name] for name in ("prices_digest", "reference_digest", "last")}
        return {name: one for name, one in told.items() if name not in left_out} | data

    def _data(self) -> ScoredData:
        data = self.data
        return {
            "dataset": data.dataset or None,
            "prices": str(data.prices),
            "prices_digest": self.prices_digest,
            "reference": None if data.reference is None else str(data.reference),
            "reference_digest": self.reference_digest,
            "last": self.scores.last,
        }


def score(wanted: Wanted, ports: ScorePorts) -> ScoreResult:
    """See above.

    Raises:
        NbcodeError: the version, its artifact or the data cannot be had, or are not what is needed; exit 5 with NBC-R66 where the data
            are late and NBC-R72 where too few names are there; NBC-X04, NBC-X08 where the file cannot be written. No file is written then.
    """
    clock = _Clock(ports)
    file, form = _file(wanted)
    if file is not None:
        file.prepare()
    with clock.step("load"):
        chosen = ports.choose()
        model = _loaded(ports, chosen)
    with clock.step("data"):
        data = ports.data(chosen)
        prices_digest = ports.digest(data.prices)
        reference_digest = None if data.reference is None else ports.digest(data.reference)
    with clock.step("predict"):
        try:
            scores = ports.predict(model, data, wanted.as_of)
        except AlphaBenchError as error:
            raise _refused(error, data) from error
    _refuse_thin(scores, wanted)
    result = ScoreResult(
        chosen=chosen,
        data=data,
        prices_digest=prices_digest,
        reference_digest=reference_digest,
        wanted=wanted,
        scores=scores,
        scored_at=ports.now(),
        fitted_through=str(model.fitted_through),
        seconds=tuple(clock.seconds.items()),
        diagnostics=tuple(map(_warned, scores.warned)),
    )
    if file is None:
        return result
    with clock.step("write"):
        encoded = encode_scores(form, scores.session, scores.symbols, scores.predictions, result.stable)
        file.write(encoded)
    return replace(result, file_digest=digest_bytes(encoded), seconds=tuple(clock.seconds.items()))


def _loaded(ports: ScorePorts, chosen: ChosenVersion) -> Any:
    try:
        return ports.load(chosen.artifact)
    except AlphaBenchError as error:
        what = f"{chosen.model} version {chosen.version}" if chosen.version else chosen.model
        refused = Diagnostic(
            code=f"NBC-{error.code}",
            message=f"{what} cannot be loaded here: {error.message}",
            cause="score runs no code of a notebook or of a project",
            fixes=(error.fix,),
        )
        raise NbcodeError([refused]) from error


class _Clock:
    """How long each step takes."""

    def __init__(self, ports: ScorePorts) -> None:
        self.seconds: dict[str, float] = {}
        self._ports = ports

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._ports.step(name)
        began_s = self._ports.monotonic_s()
        yield
        self.seconds[name] = round(self._ports.monotonic_s() - began_s, 4)


def _file(wanted: Wanted) -> tuple[NamedFile | None, str]:
    """Where the predictions go, and in which form. Raises ``NbcodeError`` (NBC-X01) where that is not said."""
    if wanted.out is None:
        return None, ""
    out = wanted.out
    form = wanted.form or FORMS.get(out.suffix.lower())
    if form is None:
        what = Diagnostic(
            code="NBC-X01",
            message=f"which form {out.name} is to have is not known",
            cause=f"a name ends in {', '.join(FORMS)}, or --format says it",
            fixes=(f"-o {out.name}.parquet", f"-o {out.name} --format csv"),
        )
        raise NbcodeError([what])
    file = NamedFile(
        path=out,
        what="file of predictions",
        ours=lambda beginning: is_scores(out, beginning),
        instead="nbcode score MODEL -o FILE",
    )
    return file, form


def _refused(error: AlphaBenchError, data: ChosenData) -> NbcodeError:
    """What research refuses, in the words of the command line. Late data is no fault of who asks: exit 5."""
    last = error.context.get("last")
    fixes: tuple[str, ...] = (error.fix,)
    if error.code == "R66":
        fixes = (
            ("bring the data of that day", *_instead(str(last), data))
            if last
            else ("ask for a later day", "bring the data from before it")
        )
    if error.code == "R69" and "predict(" in error.fix:  # none was given
        fixes = (
            ("--reference FILE, one row a symbol", "put its columns beside the prices")
            if not data.dataset
            else (f"[data.{data.dataset}] reference = FILE, in nbcode.toml", "--data FILE --reference FILE")
        )
    if "frame[" in error.fix:  # which score has not: it reads files
        fixes = _in_files(error.fix, data)
    found = Diagnostic(code=f"NBC-{error.code}", message=error.message, fixes=fixes)
    return NbcodeError([found], Exit.RETRY if last else None)


def _instead(last: str, data: ChosenData) -> tuple[str, ...]:
    """What else to do about data that end before the day: a calendar knows holidays, and is named once."""
    if data.calendar:
        return (f"--as-of {last} predicts the last session that is there",)
    where = (
        f'calendar = "XNYS" at [data.{data.dataset}] in nbcode.toml' if data.dataset else "--calendar XNYS"
    )
    return (f"where it is no session: --as-of {last}", f"{where} tells holidays from late data, each day")


def _in_files(fix: str, data: ChosenData) -> tuple[str, ...]:
    """What is to be done to a column of dates, where a file holds it: say how they are written, or write them anew."""
    form = re.search(r'format="([^"]+)"', fix)
    anew = f"write them as YYYY-MM-DD in {data.prices.name}"
    if form is None:
        return (anew,)
    told = f'date_format = "{form[1]}"'
    if data.dataset:
        return (f"write {told} at [data.{data.dataset}] in nbcode.toml", anew)
    return (anew, f"declare the file as [data.NAME] in nbcode.toml, with {told}, and write --data NAME")


def _refuse_thin(scores: Scores, wanted: Wanted) -> None:
    least = wanted.least_coverage
    if least is None or (scores.coverage is not None and scores.coverage >= least):
        return
    absent = f"; no row on {scores.session}: {', '.join(scores.absent[:5])}" if scores.absent else ""
    found = "none" if scores.coverage is None else f"{scores.coverage:.1%}"
    thin = Diagnostic(
        code="NBC-R72",
        message=f"{scores.predicted} names have a prediction, {found} of those that should; at least {least:.1%} are asked for",
        cause=f"{scores.missing} lack history or a value{absent}",
        fixes=("bring the rest of the data", "ask for less: --least-coverage"),
    )
    raise NbcodeError([thin], Exit.RETRY)


def _warned(one: Any) -> Diagnostic:
    return Diagnostic(
        code=f"NBC-{one.code}", message=one.message, fixes=(one.fix,), severity=Severity.WARNING
    )
