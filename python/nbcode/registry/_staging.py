"""The files of a version as MLflow's own pages and ``mlflow.pyfunc`` want them, laid out before they are logged."""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from nbcode.primitives import Digest, Json, digest_file
from nbcode.registry._interface import Interface, interface_of
from nbcode.registry._readme import README, readme_of
from nbcode.registry.beside import write_listing
from nbcode.registry.version import Registration

LOADER = "nbcode_runtime.pyfunc"
REQUIREMENTS = "requirements.txt"
WHEELS = "wheels"
_ENVIRONMENTS = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
SHOWN_AT_THE_TOP = ("report.html", "report.json", "executed.ipynb")


@contextlib.contextmanager
def staged(directory: Path, wanted: Registration, run_id: str) -> Iterator[Path]:
    """Lay out the files of a version (see :func:`lay_out`) in ``directory``, to be sent from there; remove it after."""
    try:
        # Modes are left behind: the store's files are read-only, and a redone copy must overwrite its own.
        lay_out(directory, wanted, run_id, place=shutil.copyfile)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        with contextlib.suppress(OSError):
            directory.parent.rmdir()


def lay_out(
    directory: Path, wanted: Registration, run_id: str, *, place: Callable[[Path, Path], object]
) -> Digest:
    """Write ``model/MLmodel``, ``model/<artifact digest>/``, the report and its pictures to ``directory``; ``place(source, target)`` puts
    a file there that exists already. Returns the digest of the listing of what is beside the artifact.

    The directory is this run's alone, so what a dead predecessor left is removed first.
    """
    shutil.rmtree(directory, ignore_errors=True)
    model = directory / "model"
    _tree(wanted.artifact, model / wanted.artifact_digest.hex, place)
    for name, text in _beside(wanted, run_id).items():
        (model / name).write_text(text, encoding="utf-8")
    for wheel in wanted.wheels:
        (model / WHEELS).mkdir(exist_ok=True)
        place(wheel, model / WHEELS / wheel.name)
    for name in SHOWN_AT_THE_TOP:
        if (wanted.artifact / name).is_file():
            place(wanted.artifact / name, directory / name)
    if wanted.executed is not None and wanted.executed.is_file():
        (directory / "executed.ipynb").unlink(
            missing_ok=True
        )  # it may be the artifact's own file, by another name
        shutil.copyfile(wanted.executed, directory / "executed.ipynb")
    if (wanted.artifact / "pictures").is_dir():
        _tree(wanted.artifact / "pictures", directory / "pictures", place)
    return write_listing(model, wanted.artifact_digest.hex)


def _tree(source: Path, target: Path, place: Callable[[Path, Path], object]) -> None:
    """As ``shutil.copytree``, which would give folders the times and modes of the source's."""
    target.mkdir(parents=True)
    for entry in sorted(source.iterdir()):
        if entry.is_dir():
            _tree(entry, target / entry.name, place)
        else:
            place(entry, target / entry.name)


def _beside(wanted: Registration, run_id: str) -> dict[str, str]:
    """The files beside the artifact, by name: what MLflow reads, what predicting needs, and the spec that it was made from."""
    interface = interface_of(wanted.artifact)
    found = {**dict(wanted.sources), "MLmodel": _mlmodel(wanted, run_id, interface), **interface.files}
    found[README] = readme_of(wanted, interface, run_id)
    if wanted.requirements:
        pip = [f"-r {REQUIREMENTS}"]
        conda: dict[str, Json] = {
            "name": "mlflow-env",
            "channels": ["conda-forge"],
            "dependencies": [f"python={wanted.python}", "pip", {"pip": [*pip]}],
        }
        found[REQUIREMENTS] = "\n".join(wanted.requirements) + "\n"
        found[_ENVIRONMENTS["virtualenv"]] = _as_yaml(
            {"python": wanted.python, "dependencies": [*_wheels_told(wanted), *pip]}
        )
        found[_ENVIRONMENTS["conda"]] = _as_yaml(conda)
    if wanted.spec:
        found["spec.json"] = wanted.spec
    return found


def _wheels_told(wanted: Registration) -> list[Json]:
    """A comment for each wheel: MLflow keeps environments by this text and the requirements, and a wheel's name alone would give another
    version's environment."""
    return [f"# {wheel.name} {digest_file(wheel)}" for wheel in wanted.wheels]


def _as_yaml(plain: dict[str, Json]) -> str:
    """JSON is YAML too."""
    return json.dumps(plain, indent=2) + "\n"


def _mlmodel(wanted: Registration, run_id: str, interface: Interface) -> str:
    """MLflow's description of a model whose loader is ours: nothing in it is unpickled. JSON is YAML too."""
    flavour = {
        "loader_module": LOADER,
        "data": wanted.artifact_digest.hex,
        "python_version": wanted.python or platform.python_version(),
        "env": dict(_ENVIRONMENTS) if wanted.requirements else {},
        "config": {"trust": "", "reference": ""},  # what MLflow lets `model_config` of load_model set
    }
    described = {
        "artifact_path": "model",
        "flavors": {"python_function": flavour},
        "model_uuid": wanted.key.removeprefix("sha256:")[:32],
        "run_id": run_id,
        "utc_time_created": wanted.registered_at.replace("T", " ").removesuffix("Z"),
        **interface.described,
        "metadata": {
            "nbcode.spec_digest": wanted.spec_digest,
            "nbcode.artifact_digest": wanted.artifact_digest,
            **interface.metadata,
        },
    }
    return json.dumps(described, indent=2) + "\n"
