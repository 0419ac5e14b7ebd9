"""The values of the registry: a model version as it is, and one as it is wanted."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbcode.primitives import Digest, dataclass

FINDINGS_SHOWN = 12
FINDING_CHARACTERS = 300

CANDIDATE = "candidate"
"""The only alias that nbcode sets while promoting."""
NOTEBOOK, FRAMEWORK = "notebook", "framework"
"""Tagged cells, or a model in YAML or Python."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelVersion:
    """A registered version. The digests are its identity; ``version`` is only its number in one registry, which MLflow
    uses again after a model was deleted. ``account`` is who the registry's server said had registered it; ``adopted_from`` whose
    the model was until this version took it over. ``owner`` is that of [meta], ``path`` how it was written (`NOTEBOOK` or `FRAMEWORK`), ``line``
    the text ``n.k`` of refit ``k`` of version ``n``, empty for a changed model. ``files_digest`` is that of the listing of what lies beside the
    artifact (:mod:`nbcode.registry.beside`), empty for what an older nbcode registered. ``collected_at`` is when its bytes were removed to make room, empty
    where they are there, and ``collected_by`` by whom; ``collected_before`` has a line ``WHEN WHO`` of each time after which they came back. ``imported_from`` is the registry that it was imported from, when and by whom; each is empty where it was promoted here."""

    model: str
    version: int
    key: Digest
    spec_digest: Digest
    artifact_digest: Digest
    registered_at: str
    source: str
    registered_by: str = ""
    alias: str | None = None
    notebook: str | None = None
    snapshot: str | None = None
    account: str | None = None
    adopted_from: str | None = None
    owner: str = ""
    definition_digest: Digest | None = None
    path: str = NOTEBOOK
    line: str = ""
    files_digest: str = ""
    collected_at: str = ""
    collected_by: str = ""
    collected_before: str = ""
    imported_from: str = ""
    imported_at: str = ""
    imported_by: str = ""


_NO_FIGURES = "No figures are stated."
"""MLflow's list of versions shows how a description begins, as it is written: a sentence, not the table."""


def local_folder(source: str) -> Path | None:
    """The folder of this machine that the ``source`` of a version names; None where its files are on a server."""
    parts = urlsplit(source)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _in_a_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """Everything a version is made of. Registering an equal one again gives the same version.

    ``artifact`` is the content-addressed directory; ``registered_at`` and ``registered_by`` come from the journal, so
    that a registration that is redone after a crash writes the same values. ``metrics`` are finite. ``look_ahead`` is the verdict
    of the leak probe, empty where there was none; ``findings`` are the run's errors and warnings, a line each; ``trials`` how much was tried. ``requirements`` are the lines of what
    predicting needs, and ``wheels`` files that they name; ``headline`` and ``rows`` (a label and
    its text) are what the page of the version says first; ``begun_at`` is when its promote began. ``python`` is the version that ran; ``spec`` the build spec as JSON text. ``sources`` are files (name,
    text) of what was promoted, ``executed`` the notebook as it ran, where that is no part of the artifact. ``owner`` must be that of
    the registered model, where there is one, unless ``adopt``. ``path`` and ``line`` are as in `ModelVersion`. ``account`` is filled in by the registry that knows it.
    ``origin`` says from which registry it was imported, ``imported_by`` whom and when (``imported_at``); empty where it was promoted. ``again``: where the version is there, its files
    are laid out anew.
    """

    model: str
    key: Digest
    spec_digest: Digest
    definition_digest: Digest
    artifact_digest: Digest
    artifact: Path
    registered_at: str
    registered_by: str
    notebook: str | None = None
    snapshot: str | None = None
    owner: str = ""
    path: str = NOTEBOOK
    line: str = ""
    origin: str = ""
    imported_at: str = ""
    imported_by: str = ""
    adopt: bool = False
    again: bool = False
    account: str = ""
    description: str = ""
    isolation: str = ""
    look_ahead: str = ""
    judged: str = ""
    findings: tuple[str, ...] = ()
    trials: str = ""
    headline: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    begun_at: str = ""
    spec: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    executed: Path | None = None
    python: str = ""
    requirements: tuple[str, ...] = ()
    wheels: tuple[Path, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    metrics: tuple[tuple[str, float], ...] = ()

    @property
    def note(self) -> str:
        """Markdown for who meets the version in the registry: the description, the verdict and the findings of its run."""
        shown = [f"- {line[:FINDING_CHARACTERS]}" for line in self.findings[:FINDINGS_SHOWN]]
        left = len(self.findings) - len(shown)
        told = [*shown, *([f"- and {left} more: `nbcode show {self.model}`"] if left else [])]
        who = f"{self.registered_by}{f' ({self.account})' if self.account else ''}, {self.registered_at}"
        rows = (
            ("look-ahead", self.look_ahead),
            ("figures", self.judged),
            *self.rows,
            ("promoted by", who),
            ("trials", self.trials),
        )
        table = [f"| {label} | {_in_a_cell(text)} |" for label, text in rows if text]
        parts = (
            self.headline or _NO_FIGURES,
            self.description,
            "\n".join(["| | |", "|---|---|", *table]),
            "\n".join(["Findings of the run:", "", *told]) if told else "",
        )
        return "\n\n".join(part for part in parts if part)
