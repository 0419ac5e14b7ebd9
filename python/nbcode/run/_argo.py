"""Window: runs plans in pods of a Kubernetes cluster, by Argo Workflows.

The object that is submitted is made by Hera from a WorkflowTemplate that the cluster's administrator owns: it names the run and the digest of its content,
and says what the pod may use. What is run travels through the object store. A run is over when its end is written there, under ``runs/<run_id>/end``:
by whoever observes it first after its Workflow ended, so that it can be asked for when Workflow and pods are gone.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from alpha_bench.describe import write_atomic
from nbcode.configuration import ArgoConfig
from nbcode.primitives import Digest, NbcodeError, dataclass, digest_bytes
from nbcode.run._kubernetes import (
    CONFLICT,
    MANAGED_BY,
    MISSING,
    PATIENT_S,
    KubernetesError,
    Patience,
    asked,
    connected,
    create_workflow,
    end_workflow,
    load_client,
    log_lines,
    workflow_called,
    youngest_pod,
)
from nbcode.run._object_store import ObjectStore, store_of
from nbcode.run.carried import has_input, put_input
from nbcode.run.content import content_digest, decode_content, encode_content
from nbcode.run.failures import another_result, name_taken, no_result, result_discarded
from nbcode.run.followed import LogCursor, behind, cursor_in, new_events, of_pod
from nbcode.run.left_whole import left_whole
from nbcode.run.manifest import collect_result, result_digest
from nbcode.run.pod_state import why_it_waits
from nbcode.run.port import START, Observation, RunReference
from nbcode.run.record import (
    EVENTS_NAME,
    EXECUTED_NAME,
    LOG_NAME,
    RAW_NAME,
    RECORD_NAME,
    events_in,
    read_record,
    write_record,
)
from nbcode.run.staged import (
    CONTENT_NAME,
    STAGED_NAME,
    carried_folds,
    carried_inputs,
    is_spread,
    read_staged,
    staged_content,
    staged_document,
)
from nbcode.run.values import ResultManifest, RunContent, RunPlan, RunRecord, RunStatus
from nbcode.run.workflow_end import gone, record_of_workflow

if TYPE_CHECKING:
    from lightkube import Client

T = TypeVar("T")
RUN, CONTENT = "nbcode.io/run", "nbcode.io/content"
"""Annotations of a Workflow: the name of its run, and the digest of what is run."""
_OVER = frozenset({"Succeeded", "Failed", "Error"})
_BESIDE_BYTES = 512 << 20
"""What the executor itself needs beside the cells."""
_LOOKS = 16
"""How often the log of a run that left no events is read on, of which a part is kept."""
_BEYOND_S = 600
"""How long a pod may live beyond the run's own limit: staging its inputs, starting, writing its result away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where Workflows are submitted: the cluster's ``context`` of the user's kubeconfig (None: the current one), a ``namespace``, and the
    administrator's ``template``. ``cpu`` is what a pod asks for, as Kubernetes writes it; empty is what the template says."""

    namespace: str = "nbcode"
    template: str = "nbcode-run"
    context: str | None = None
    cpu: str = ""


class ArgoRunner:
    """Executes plans in pods. A run goes on when the process that submitted it has ended."""

    kind = "argo"
    detached = True

    def __init__(
        self,
        place: Place,
        store: ObjectStore,
        *,
        client: Callable[[], Client] | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Nothing is asked before the first run is; ``client`` gives a connection, by default that of the user's kubeconfig; ``patience`` is for a cluster that
        does not answer (None: it is asked once)."""
        self._place, self.store, self._patience = place, store, patience or Patience()
        self.place = f"{place.namespace} {store.uri.rstrip('/')}"
        self._connect = client or (lambda: connected(place.context, place.namespace))
        self._client: Client | None = None

    def submit(self, plan: RunPlan) -> RunReference:
        """As the port has it. The run's files are in the store before the cluster hears of it."""
        reference, digest = RunReference(runner=self.kind, run_id=plan.run_id), content_digest(plan.content)
        if self._known(plan.run_id, digest) and self.is_over(plan.run_id):
            return reference
        self._carry(plan, digest)
        for one, path in carried_folds(plan):
            self.store.put_blob(one.digest, path)
        self._write_staged(plan, digest)
        made = workflow_of(plan, self._place)
        try:
            self._asked("create workflows", lambda: create_workflow(self._kubernetes(), made))
        except KubernetesError as error:
            if error.status != CONFLICT:
                raise
            there = self._workflow(plan.run_id)
            if there is not None and _annotation(there, CONTENT) != digest:
                raise NbcodeError([name_taken(plan.run_id)]) from error
        return reference

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        """As the port has it: the pod's log while it runs, what it left when it is over."""
        ended = self._ended(reference.run_id, since)
        if ended is not None:
            return ended
        workflow = self._workflow(reference.run_id)
        if (
            workflow is not None
            and not _is_over(workflow)
            and not self._left_whole(workflow, reference.run_id)
        ):
            written, until, waits = self._log(reference.run_id, cursor_in(since))
            return Observation(events=events_in(written)[0], cursor=str(until), waits=waits)
        if workflow is None and self.store.size(f"{_out(reference.run_id)}/{RECORD_NAME}") is None:
            lost = (gone(workflow_name(reference.run_id)),)
            return Observation(
                events=(),
                cursor=since,
                record=RunRecord(status=RunStatus.KILLED, lost=True, diagnostics=lost),
            )
        self._write_end(reference.run_id, workflow if workflow is None or _is_over(workflow) else None)
        ended = self._ended(reference.run_id, since)
        if ended is None:
            raise NbcodeError([no_result(f"the end of the run {reference.run_id} is gone from the store")])
        return ended

    def cancel(self, reference: RunReference) -> None:
        """As the port has it: the Workflow is told to end."""
        try:
            name = workflow_name(reference.run_id)
            self._asked("patch workflows", lambda: end_workflow(self._kubernetes(), name))
        except KubernetesError as error:
            if error.status != MISSING:
                raise

    def fetch(self, reference: RunReference, into: Path) -> ResultManifest:
        """As the port has it, from the object store: neither Workflow nor pod need be there."""
        record = self.observe(reference).record
        if record is None or record.status is not RunStatus.FINISHED:
            raise NbcodeError([no_result(f"the run {reference.run_id} is not finished")])
        if self.store.size(_discarded(reference.run_id)) is not None:
            raise NbcodeError([result_discarded(reference.run_id)])
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=f"{into.name}.", suffix=".part") as folder:
            self.store.download(f"{_out(reference.run_id)}/{RAW_NAME}", Path(folder))
            try:
                result = collect_result(Path(folder), into)
            except ValueError as error:
                raise NbcodeError([no_result(str(error))]) from error
        self._hold_to_the_first(reference.run_id, result, into)
        return result

    def keep(self, reference: RunReference, place: Path) -> None:
        """As the port has it."""
        if (place / RECORD_NAME).exists():
            return
        seen, run_id = self.observe(reference), reference.run_id
        if seen.record is not None and seen.record.lost and not seen.events:
            return
        place.mkdir(parents=True, exist_ok=True)
        lines = "".join(json.dumps(event.to_json()) + "\n" for event in seen.events)
        write_atomic(place / EVENTS_NAME, lines.encode(), durable=False)
        if seen.record is None:
            return
        for name in (LOG_NAME, EXECUTED_NAME):
            held = self.store.get(f"{_out(run_id)}/{name}")
            if held is not None:
                write_atomic(place / name, held, durable=False)
        held = self.store.get(_end(run_id))
        if held is not None:
            write_atomic(place / RECORD_NAME, held, durable=False)

    def discard(self, reference: RunReference) -> None:
        """As the port has it: the result goes from the store; events, log and record stay."""
        if self.store.size(_end(reference.run_id)) is None:
            return
        self.store.put(_discarded(reference.run_id), b"")
        self.store.remove(f"{_out(reference.run_id)}/{RAW_NAME}")

    def plan_again(self, run_id: str, under: str) -> RunPlan:
        """The plan of the run ``run_id``, to be submitted under another name: all that it needs is in the store.

        Raises ``NbcodeError`` (NBC-I06) where it is not.
        """
        written, content = self.store.get(_staged(run_id)), self._content(run_id)
        with tempfile.TemporaryDirectory(prefix="nbcode-run-") as folder:
            (Path(folder) / STAGED_NAME).write_bytes(written or b"")
            (Path(folder) / CONTENT_NAME).write_bytes(encode_content(content))
            plan = read_staged(Path(folder), content_digest(content))
        return replace(plan, run_id=under, placement=replace(plan.placement, inputs=()))

    def _hold_to_the_first(self, run_id: str, result: ResultManifest, into: Path) -> None:
        """A pod is made at least once: what a second one left is the same, or nobody knows which of them is the run's (NBC-H17)."""
        key, found = f"runs/{run_id}/end/result", result_digest(result)
        if self.store.create(key, str(found).encode()):
            return
        shutil.rmtree(into)
        first = (self.store.get(key) or b"").decode(errors="replace")
        raise NbcodeError([another_result(run_id, first, found)])

    def lay_down(self, plan: RunPlan) -> None:
        """Have in the store all that the run ``plan`` needs, before anything of it is submitted; again is fine. Raises NBC-H23 where another content has run under
        its name."""
        digest = content_digest(plan.content)
        known = self._known(plan.run_id, digest)
        self._carry(plan, digest)
        if not known and not self.store.create(_staged(plan.run_id), staged_document(plan)):
            self.lay_down(plan)  # somebody else has done so meanwhile

    def laid_down(self, run_id: str) -> RunPlan | None:
        """The plan of a run whose folds are spread, None where they are not."""
        written = self.store.get(_staged(run_id))
        if written is None or not is_spread(written):
            return None
        return self.plan_again(run_id, run_id)

    def end_unsubmitted(self, run_id: str) -> None:
        """Write down that a run which was laid down, and not submitted, was ended by somebody."""
        with tempfile.TemporaryDirectory(prefix="nbcode-run-") as folder:
            write_record(RunRecord(status=RunStatus.KILLED), self._content(run_id), run_id, Path(folder))
            self.store.create(_end(run_id), (Path(folder) / RECORD_NAME).read_bytes())

    def is_over(self, run_id: str) -> bool:
        """Whether its end is written."""
        return self.store.size(_end(run_id)) is not None

    def _known(self, run_id: str, digest: Digest) -> bool:
        """Whether the run was staged before. Raises NBC-H23 where it was with another content."""
        known = self._content_of(run_id)
        if known not in (None, digest):
            raise NbcodeError([name_taken(run_id)])
        return known is not None

    def _carry(self, plan: RunPlan, digest: Digest) -> None:
        """Have the content, and the declared inputs, in the store; where the plan has no files of them (it was run before) they are there, or it cannot be run."""
        self.store.put_blob(digest, encode_content(plan.content))
        planned = plan.content.inputs
        if plan.placement.inputs:
            for number, path in carried_inputs(plan):
                put_input(self.store, planned[number].digest, path)
            return
        references = plan.placement.references or (None,) * len(planned)
        for one, reference in zip(planned, references, strict=True):
            if reference is None and not has_input(self.store, one.digest, one.size_bytes):
                raise NbcodeError([no_result(f"the input {one.name} is gone from the store")])

    def _write_staged(self, plan: RunPlan, digest: Digest) -> None:
        """One content has a run's name, whoever comes first; what else is said of it may be said anew."""
        document = staged_document(plan)
        if self.store.create(_staged(plan.run_id), document):
            return
        if self._content_of(plan.run_id) != digest:
            raise NbcodeError([name_taken(plan.run_id)])
        self.store.put(_staged(plan.run_id), document)

    def _kubernetes(self) -> Client:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _workflow(self, run_id: str) -> Mapping[str, Any] | None:
        try:
            name = workflow_name(run_id)
            return self._asked("get workflows", lambda: workflow_called(self._kubernetes(), name))
        except KubernetesError as error:
            if error.status == MISSING:
                return None
            raise

    def _left_whole(self, workflow: Mapping[str, Any], run_id: str) -> bool:
        """Whether the result is there already, of a run that nobody cancels."""
        cancelled = (workflow.get("spec") or {}).get("shutdown")
        return not cancelled and left_whole(self.store, _out(run_id))

    def _log(self, run_id: str, since: LogCursor) -> tuple[bytes, LogCursor, str]:
        """The events that the run's pod has written after ``since``; the last one of several pods is asked. Argo's executor writes lines of its own between.
        Beside them what keeps it from beginning, where nothing was written yet."""
        client = self._kubernetes()

        def read() -> tuple[bytes, LogCursor, str]:
            pod = youngest_pod(client, {"workflows.argoproj.io/workflow": workflow_name(run_id)})
            if pod is None:
                return b"", since, ""
            name = str(pod["metadata"]["name"])
            place = of_pod(since, name)
            with contextlib.closing(log_lines(client, name, place.time)) as lines:
                written, until = new_events(lines, place)
            return written, until, "" if until.bytes else why_it_waits(pod)

        return self._asked("list pods", read)

    def _asked(self, right: str, ask: Callable[[], T]) -> T:
        return asked(right, self._place.namespace, ask, self._patience)

    def _whole_log(self, run_id: str) -> bytes:
        """The events that the log has, of a run that left no file of them; of more than so many looks the first."""
        read, since = [b""], LogCursor()
        while len(read) <= _LOOKS:
            more, since, _ = self._log(run_id, since)
            if not more:
                break
            read.append(more)
        return b"".join(read)

    def _content_of(self, run_id: str) -> str | None:
        """The digest of what was staged under this name."""
        written = self.store.get(_staged(run_id))
        return None if written is None else str(staged_content(written))

    def _content(self, run_id: str) -> RunContent:
        digest = self._content_of(run_id)
        held = None if digest is None else self.store.get(f"blobs/sha256/{digest.partition(':')[2]}")
        if held is None:
            raise NbcodeError([no_result(f"the store has no content of the run {run_id}")])
        return decode_content(held)

    def _ended(self, run_id: str, since: str) -> Observation | None:
        with tempfile.TemporaryDirectory(prefix="nbcode-run-") as folder:
            place, held = Path(folder), self.store.get(_end(run_id))
            if held is None:
                return None
            (place / RECORD_NAME).write_bytes(held)
            record = read_record(place)
        if record is None:
            raise NbcodeError([no_result(f"the end of the run {run_id} cannot be read")])
        written = self.store.get(f"runs/{run_id}/end/{EVENTS_NAME}") or b""
        events, _ = events_in(behind(written, cursor_in(since).bytes))
        return Observation(events=events, cursor=str(len(written)), record=record)

    def _write_end(self, run_id: str, workflow: Mapping[str, Any] | None) -> None:
        """Write down how the run ended. Of two observers the first one's word stands."""
        content = self._content(run_id)
        with tempfile.TemporaryDirectory(prefix="nbcode-run-") as folder:
            place, left = Path(folder), self.store.get(f"{_out(run_id)}/{RECORD_NAME}")
            if left is not None:
                (place / RECORD_NAME).write_bytes(left)
            record = record_of_workflow(workflow, read_record(place), content.limits)
            events = self.store.get(f"{_out(run_id)}/{EVENTS_NAME}")
            if events is None:
                with contextlib.suppress(NbcodeError):
                    events = self._whole_log(run_id)
            if events:
                self.store.create(f"runs/{run_id}/end/{EVENTS_NAME}", events)
            write_record(record, content, run_id, place)
            self.store.create(_end(run_id), (place / RECORD_NAME).read_bytes())


def runner_on(argo: ArgoConfig, environment: Mapping[str, str], *, patient: bool = True) -> ArgoRunner:
    """The runner of the cluster that nbcode.toml names, or the user's ``environment``; a ``patient`` one waits for a store and a cluster that do not answer. Raises ``NbcodeError`` as
    :func:`store_of` does."""
    place = Place(namespace=argo.namespace, template=argo.template, context=argo.context, cpu=argo.cpu)
    waits = Patience(seconds=PATIENT_S if patient else 0.0)
    return ArgoRunner(place, store_of(argo, environment, patient=patient), patience=waits)


def load_ahead() -> None:
    """Load the libraries that submitting takes."""
    import hera.workflows  # noqa: F401

    load_client()


def workflow_name(run_id: str) -> str:
    """The Workflow's name: one a run, and one that Kubernetes takes (63 characters, for the labels of its pods)."""
    readable = re.sub(r"[^a-z0-9]+", "-", run_id.lower()).strip("-")[:40].strip("-")
    return f"{readable or 'run'}-{digest_bytes(run_id.encode()).hex[:12]}"


def pod_memory(of_the_run_bytes: int) -> str:
    """What the pod of a run is given, as Kubernetes writes it."""
    return f"{(of_the_run_bytes + _BESIDE_BYTES) >> 20}Mi"


def workflow_of(plan: RunPlan, place: Place) -> dict[str, Any]:
    """The object that is submitted: names, digests and numbers; no text of a notebook or of [meta] is in it."""
    from hera.workflows import Workflow
    from hera.workflows import models as m

    limits, digest = plan.content.limits, content_digest(plan.content)
    told = {
        "run": plan.run_id,
        "content": str(digest),
        "memory": pod_memory(limits.memory_bytes),
        "deadline": str(round(limits.time_s) + _BEYOND_S),
        **({"cpu": place.cpu} if place.cpu else {}),
    }
    made = Workflow(
        name=workflow_name(plan.run_id),
        namespace=place.namespace,
        labels=MANAGED_BY,
        annotations={RUN: plan.run_id, CONTENT: str(digest)},
        workflow_template_ref=m.WorkflowTemplateRef(name=place.template),
        arguments=m.Arguments(
            parameters=[m.Parameter(name=name, value=value) for name, value in told.items()]
        ),
    )
    plain: dict[str, Any] = json.loads(json.dumps(made.to_dict()))
    return plain


def _is_over(workflow: Mapping[str, Any]) -> bool:
    return (workflow.get("status") or {}).get("phase") in _OVER


def _annotation(workflow: Mapping[str, Any], name: str) -> str | None:
    annotations = (workflow.get("metadata") or {}).get("annotations") or {}
    value: str | None = annotations.get(name)
    return value


def _staged(run_id: str) -> str:
    return f"runs/{run_id}/{STAGED_NAME}"


def _out(run_id: str) -> str:
    return f"runs/{run_id}/out"


def _end(run_id: str) -> str:
    return f"runs/{run_id}/end/{RECORD_NAME}"


def _discarded(run_id: str) -> str:
    return f"runs/{run_id}/end/discarded"
