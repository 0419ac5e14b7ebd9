"""The registry in MLflow: SQLite and files of the store, or a tracking server. The only file that imports mlflow, and only
in a process that does nothing else (`_child`): MLflow changes loggers, warnings and the environment for everybody.

MLflow alone is not idempotent, its first use is a race, and its schema is made in many steps. So here:

1. The embedded database is made under a lock, in a file of another name that is renamed when it is complete.
2. Every write is: lock, look for the tag ``nbcode.key``, create, read back; the lowest version that bears a key wins.
3. What is half written (a run without a version) bears the key too, and is found and completed by the next try.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import shutil
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from alpha_bench.describe import sync_tree
from nbcode.artifact import SharedFiles, place_shared
from nbcode.primitives import Digest, digest_file
from nbcode.registry._collecting import (
    in_use,
    refuse_in_use,
    remove_collectable,
    unwrite_collected,
    write_collected,
)
from nbcode.registry._datasets import datasets_of
from nbcode.registry._failures import explained, locked
from nbcode.registry._fetching import fetch_files
from nbcode.registry._names import accepted_names
from nbcode.registry._reading import read_registered
from nbcode.registry._relocating import relocate
from nbcode.registry._staging import WHEELS, lay_out, staged
from nbcode.registry._texts import (
    irreproducible,
    link_of,
    milliseconds,
    of_the_model,
    owned_by_another,
    shown_by_mlflow,
    tags_of,
)
from nbcode.registry.beside import LISTING
from nbcode.registry.port import Exclusive, RegistryError, no_failpoint
from nbcode.registry.registered import FILES_TAG, TAG, Figures, RegisteredModel, version_of
from nbcode.registry.version import CANDIDATE, ModelVersion, Registration

T = TypeVar("T")
WAIT_S = 30.0
PARAMETER_CHARACTERS = 6000
"""What MLflow takes of a parameter, from 2.8 on."""
_TRAINING = {"mlflow.experimentKind": "custom_model_development"}
"""What MLflow calls an experiment that is none of language models."""


def _unheard() -> None:
    """Nobody waits."""


class MlflowRegistry:
    """The ``Registry`` port on MLflow. ``directory`` holds the embedded database and files, and the locks' names are
    taken from ``exclusive``; ``uri`` names a tracking server instead. ``empty`` is where an empty database is kept for the
    next project: making one takes MLflow a second."""

    def __init__(
        self,
        directory: Path,
        *,
        exclusive: Exclusive,
        uri: str | None = None,
        wait_s: float = WAIT_S,
        failpoint: Callable[[str], None] = no_failpoint,
        empty: Path | None = None,
        answered: Callable[[], None] = _unheard,
    ) -> None:
        """Nothing is opened, imported or made before the first call. ``answered`` is called after each answer of `registered`."""
        self._directory = directory
        self._uri = uri
        self._exclusive = exclusive
        self._wait_s = wait_s
        self._failpoint = failpoint
        self._empty = empty
        self._answered = answered
        self._opening = threading.Lock()
        self._opened: Any = None
        self._database = directory / "mlflow.db"
        self._shared = SharedFiles(directory / "shared")

    @property
    def uri(self) -> str:
        """What ``mlflow.set_tracking_uri`` takes to see the same registry."""
        return self._uri or f"sqlite:///{self._database}"

    @staticmethod
    def load() -> None:
        """Import MLflow."""
        with _quietly():
            _imported()

    def open(self) -> None:
        """Do everything that the first call would have to wait for."""
        self._patiently(lambda _: None)

    def find(self, model: str, key: Digest) -> ModelVersion | None:
        return self._patiently(lambda client: _find(client, model, key))

    def register(self, wanted: Registration) -> ModelVersion:
        return self._patiently(lambda client: self._register(client, wanted))

    def fetch(self, version: ModelVersion, into: Path, *, only: str = "") -> Path:
        return self._patiently(lambda client: fetch_files(client, version, into, only))

    def set_candidate(self, version: ModelVersion) -> ModelVersion:
        def move(client: Any) -> ModelVersion:
            if _aliases(client, version.model).get(CANDIDATE) != version.version:
                client.set_registered_model_alias(version.model, CANDIDATE, str(version.version))
            return _version(
                client.get_model_version(version.model, str(version.version)), _aliases(client, version.model)
            )

        return self._patiently(move)

    def candidate(self, model: str) -> int | None:
        return self._patiently(lambda client: _aliases(client, model).get(CANDIDATE))

    def owner_of(self, model: str) -> str | None:
        return self._patiently(lambda client: _owner_of(client, model))

    def in_use(self) -> Mapping[tuple[str, int], str]:
        return self._patiently(in_use)

    def collect(self, version: ModelVersion, *, at: str, by: str) -> ModelVersion:
        return self._patiently(lambda client: self._collect(client, version, at, by))

    def versions(self, model: str) -> tuple[ModelVersion, ...]:
        return self._patiently(lambda client: _versions(client, model))

    def models(self) -> tuple[str, ...]:
        def names(client: Any) -> tuple[str, ...]:
            return tuple(sorted({found.name for found in client.search_model_versions() if _ours(found)}))

        return self._patiently(names)

    def registered(
        self, model: str | None = None, *, figures: Figures = Figures.NONE
    ) -> tuple[RegisteredModel, ...]:
        return self._patiently(lambda client: read_registered(client, model, figures, self._answered))

    def _register(self, client: Any, wanted: Registration) -> ModelVersion:
        with self._exclusive("registry", wait_s=self._wait_s):
            _settle_owner(client, wanted)
            found = _find(client, wanted.model, wanted.key)
            existed = found is not None
            if found is None:
                account = _account(self.uri)
                found = self._create(client, dataclasses.replace(wanted, account=account))
            if found.artifact_digest != wanted.artifact_digest:
                raise RegistryError(irreproducible(found, wanted))
            lay_out_anew = existed and (wanted.again or found.collected_at)
            return self._given_back(client, found, wanted) if lay_out_anew else found

    def _given_back(self, client: Any, found: ModelVersion, wanted: Registration) -> ModelVersion:
        """The version with its bytes, which are what they were."""
        run = client.get_run(client.get_model_version(found.model, str(found.version)).run_id)
        listing = self._files(client, run, wanted)
        client.set_model_version_tag(found.model, str(found.version), FILES_TAG, listing)
        unwrite_collected(client, found)
        there = client.get_model_version(found.model, str(found.version))
        return _version(there, _aliases(client, found.model))

    def _collect(self, client: Any, version: ModelVersion, at: str, by: str) -> ModelVersion:
        with self._exclusive("registry", wait_s=self._wait_s):
            aliases = _aliases(client, version.model)
            refuse_in_use(client, version, of_a_server=self._uri is not None)
            write_collected(client, version, at, by)
            self._failpoint("collect.written")
            remove_collectable(version, self._directory / "artifacts")
        return _version(client.get_model_version(version.model, str(version.version)), aliases)

    def _create(self, client: Any, wanted: Registration) -> ModelVersion:
        run = self._run(client, wanted)
        self._failpoint("register.run_created")
        _log(client, run.info.run_id, wanted)
        listing = self._files(client, run, wanted)
        client.set_terminated(run.info.run_id, "FINISHED", milliseconds(wanted.registered_at))
        self._failpoint("register.files_logged")
        _make_registered_model(client, wanted)
        client.create_model_version(
            wanted.model,
            source=f"{run.info.artifact_uri}/model",
            run_id=run.info.run_id,
            tags=tags_of(wanted, adopted_from=_adopted_from(client, wanted)) | {FILES_TAG: listing},
            description=_description(wanted, run),
            await_creation_for=0,
        )
        self._failpoint("register.version_created")
        return _read_back(client, wanted, run.info.run_id)

    def _files(self, client: Any, run: Any, wanted: Registration) -> Digest:
        """Give the run its files; returns the digest of the listing of those beside the artifact. In a store they are those of the artifact by a second
        name, wherever the disk can."""
        run_id, uri = run.info.run_id, run.info.artifact_uri
        if self._uri is not None or not uri.startswith("file://"):
            staging = self._directory / "staging" / wanted.key.removeprefix("sha256:")
            with staged(staging, wanted, run_id) as files:
                client.log_artifacts(run_id, str(files))
                return digest_file(files / "model" / LISTING)
        place = Path(unquote(urlsplit(uri).path))
        listing = lay_out(place, wanted, run_id, place=place_shared)
        for wheel in (place / "model" / WHEELS).glob("*.whl"):
            self._shared.share(wheel, digest_file(wheel))
        sync_tree(place)
        return listing

    def _run(self, client: Any, wanted: Registration) -> Any:
        """The run that bears this key and artifact: one that a dead predecessor began, else a new one."""
        experiment = client.get_experiment_by_name(wanted.model)
        if experiment is None:
            location = None if self._uri else (self._directory / "artifacts").resolve().as_uri()
            number = client.create_experiment(wanted.model, artifact_location=location, tags=_TRAINING)
        else:
            number = experiment.experiment_id
        same = (
            f"tags.`{TAG}key` = '{wanted.key}' and tags.`{TAG}artifact_digest` = '{wanted.artifact_digest}'"
        )
        begun = client.search_runs([number], same, max_results=1)
        if begun:
            return begun[0]
        return client.create_run(
            number,
            start_time=milliseconds(wanted.begun_at or wanted.registered_at),
            tags=tags_of(wanted) | shown_by_mlflow(wanted),
            run_name=f"{wanted.model} {wanted.spec_digest[7:15]}",
        )

    def _patiently(self, work: Callable[[Any], T]) -> T:
        """Do ``work``, again while somebody else (such as MLflow's own server) locks the database."""
        until_s = time.monotonic() + self._wait_s
        while True:
            try:
                self._wait_for_database()
                with _quietly():
                    return work(self._client())
            except RegistryError:
                raise
            except TimeoutError as error:
                raise RegistryError(locked(self.uri, self._wait_s, str(error))) from error
            except Exception as error:
                diagnostic = explained(self.uri, error, self._wait_s)
                if diagnostic.code != "NBC-I01" or time.monotonic() >= until_s:
                    raise RegistryError(diagnostic) from error
            time.sleep(0.05)

    def _wait_for_database(self) -> None:
        """Wait for a foreign writer ourselves: MLflow would wait its own 20 s at each statement. Raises ``TimeoutError``."""
        if self._uri is not None or not self._database.exists():
            return
        with contextlib.closing(
            sqlite3.connect(self._database, timeout=self._wait_s, isolation_level=None)
        ) as probe:
            try:
                probe.execute("BEGIN IMMEDIATE")
                probe.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    raise TimeoutError("another process, such as MLflow's server, writes to it") from error

    def _client(self) -> Any:
        with self._opening, _quietly():
            if self._opened is None:
                client_class = _imported()
                if self._uri is None and not self._database.exists():
                    with self._exclusive("registry", wait_s=self._wait_s):
                        self._initialise(client_class)
                if self._uri is None:
                    with contextlib.suppress(
                        sqlite3.OperationalError
                    ):  # who may only read it reads it as it is
                        relocate(self._database)
                self._opened = client_class(tracking_uri=self.uri, registry_uri=self.uri)
                self._opened.search_experiments(max_results=1)
            return self._opened

    def _initialise(self, client_class: Callable[..., Any]) -> None:
        """Make the database beside its place and move it there whole. The caller holds the lock."""
        if self._database.exists():
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        beside = self._database.with_name("mlflow.db.new")
        for stale in self._directory.glob("mlflow.db.new*"):
            stale.unlink()
        kept = None if self._empty is None else self._empty / f"mlflow-{version('mlflow')}.db"
        again = kept is not None and _copied(kept, beside)
        uri = f"sqlite:///{beside}"
        client_class(tracking_uri=uri, registry_uri=uri).search_experiments()
        if kept is not None and not again:
            _keep_empty(beside, kept)
        # Not `atomic_file`: SQLite writes under a name, not to a stream of ours.
        beside.rename(self._database)
        sync_tree(self._directory)


def _copied(kept: Path, database: Path) -> bool:
    """Copy the empty database that was ``kept``; False when there is none, or it is damaged."""
    try:
        shutil.copyfile(kept, database)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            if connection.execute("PRAGMA quick_check").fetchone() == ("ok",):
                return True
    except (OSError, sqlite3.DatabaseError):
        pass
    database.unlink(missing_ok=True)
    return False


def _keep_empty(database: Path, kept: Path) -> None:
    """Keep a copy of the new ``database`` without its default experiment, which names this project's place."""
    with contextlib.suppress(OSError, sqlite3.Error):
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.copyfile(database, beside)
        with contextlib.closing(sqlite3.connect(beside)) as connection, connection:
            connection.execute("DELETE FROM experiments")
        beside.replace(kept)  # as above; a copy that is lost is made again


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """MLflow's warnings about what MLflow itself calls are nothing that a quant can act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _imported() -> Callable[..., Any]:
    """Import MLflow's client quietly: it would print its migrations, and tell its makers that it is used."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")
    os.environ.setdefault(
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true"
    )  # standard output is the command's
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    from mlflow.tracking import MlflowClient

    return MlflowClient


def _description(wanted: Registration, run: Any) -> str:
    return f"{wanted.note}\n\n{link_of(run)}"


def _find(client: Any, model: str, key: Digest) -> ModelVersion | None:
    found = client.search_model_versions(f"name = '{model}' and tag.`{TAG}key` = '{key}'")
    if not found:
        return None
    return _version(min(found, key=lambda version: int(version.version)), _aliases(client, model))


def _read_back(client: Any, wanted: Registration, run_id: str) -> ModelVersion:
    """The version that bears the key now. Of two made at once, on machines that share no lock, the lower one stays."""
    found = client.search_model_versions(f"name = '{wanted.model}' and tag.`{TAG}key` = '{wanted.key}'")
    first, *others = sorted(found, key=lambda version: int(version.version))
    for other in others:
        if other.run_id == run_id:
            client.delete_model_version(other.name, str(other.version))
    return _version(first, _aliases(client, wanted.model))


def _versions(client: Any, model: str) -> tuple[ModelVersion, ...]:
    found = [version for version in client.search_model_versions(f"name = '{model}'") if _ours(version)]
    if not found:
        return ()
    aliases = _aliases(client, model)
    return tuple(
        _version(version, aliases) for version in sorted(found, key=lambda v: int(v.version), reverse=True)
    )


def _ours(found: Any) -> bool:
    return f"{TAG}key" in found.tags


def _aliases(client: Any, model: str) -> dict[str, int]:
    from mlflow.exceptions import MlflowException

    try:
        return {name: int(number) for name, number in client.get_registered_model(model).aliases.items()}
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise


def _version(found: Any, aliases: dict[str, int]) -> ModelVersion:
    return version_of(found.name, int(found.version), found.source, found.tags, aliases.get(CANDIDATE))


def _make_registered_model(client: Any, wanted: Registration) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(
            wanted.model, tags={f"{TAG}owner": wanted.owner}, description=of_the_model(wanted)
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        _settle_owner(client, wanted)


def _settle_owner(client: Any, wanted: Registration) -> None:
    """See to it that the registered model, where there is one, is of the owner that is wanted.

    Raises NBC-I24 when it is somebody else's and is not to be adopted: before anything is written.
    """
    owner = _owner_of(client, wanted.model)
    if owner is None or owner == wanted.owner:
        return
    if not wanted.adopt:
        raise RegistryError(owned_by_another(wanted.model, wanted.owner, owner))
    # The owner last: a kill before it is redone, with the same words.
    tags = {
        "adopted_from": owner or "nobody",  # another tool made it
        "adopted_by": wanted.registered_by,
        "adopted_at": wanted.registered_at,
        "adopted_for": wanted.key,
        "owner": wanted.owner,
    }
    for name, text in tags.items():
        client.set_registered_model_tag(wanted.model, TAG + name, str(text))
    client.update_registered_model(wanted.model, of_the_model(wanted))


def _owner_of(client: Any, model: str) -> str | None:
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_registered_model(model).tags.get(f"{TAG}owner") or "")
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def _adopted_from(client: Any, wanted: Registration) -> str:
    """Whose the model was before this registration adopted it; empty where it did not."""
    there = client.get_registered_model(wanted.model).tags
    mine = there.get(f"{TAG}adopted_for") == wanted.key
    return str(there.get(f"{TAG}adopted_from", "")) if mine else ""


def _account(uri: str) -> str:
    """Who the server says we are; empty where it has no accounts, or does not tell."""
    if not uri.startswith(("http://", "https://")):
        return ""
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    with contextlib.suppress(Exception):  # a name for the record is no reason to fail
        credentials = get_default_host_creds(uri)  # type: ignore[no-untyped-call]
        answer = http_request(  # type: ignore[no-untyped-call]
            credentials, "/api/2.0/mlflow/users/current", "GET", max_retries=0, timeout=10
        )
        if answer.status_code == 200:
            return str(answer.json()["user"]["username"])
    return ""


def _log(client: Any, run_id: str, wanted: Registration) -> None:
    """Parameters, metrics and inputs, with the registration's own time, so that logging them twice leaves them once."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

    at_ms = milliseconds(wanted.registered_at)
    parameters = [
        Param(name, text[:PARAMETER_CHARACTERS]) for name, text in accepted_names(wanted.parameters[:100])
    ]
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, at_ms, 0) for name, value in accepted_names(wanted.metrics)],
        params=parameters,
    )
    datasets = [
        DatasetInput(dataset=Dataset(**fields), tags=[InputTag(key="mlflow.data.context", value=role)])
        for fields, role in datasets_of(wanted)
    ]
    if datasets:
        client.log_inputs(run_id, datasets)
