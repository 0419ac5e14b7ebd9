"""Whether a cluster's WorkflowTemplate is the one that ships: in what decides how a run is made, not in where it is put. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from nbcode.deployment.rendering import OUTPUT_KEY
from nbcode.primitives import Digest, digest_json

ADMINISTRATORS = frozenset(
    {"nodeSelector", "tolerations", "affinity", "imagePullSecrets", "schedulerName", "priorityClassName", "podPriorityClassName",
     "dnsPolicy", "dnsConfig", "hostAliases", "podGC", "ttlStrategy", "archiveLogs", "podMetadata", "metrics", "parallelism",
     "podDisruptionBudget"}
)  # fmt: skip
"""Fields of its spec that an administrator may set as he likes."""
_OF_A_CONTAINER = frozenset({"image", "imagePullPolicy", "resources"})


def output_prefix(spec: Mapping[str, Any]) -> str | None:
    """Where results are put in the bucket, before the run's name; None where the template says of no such place."""
    for template in spec.get("templates") or ():
        for artifact in (template.get("outputs") or {}).get("artifacts") or ():
            key = str((artifact.get("s3") or {}).get("key", ""))
            if key == OUTPUT_KEY or key.endswith(f"/{OUTPUT_KEY}"):
                return key.removesuffix(OUTPUT_KEY).strip("/")
    return None


def contract(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec without what is the administrator's: images, resources, nodes, the store's prefix, and what a parameter is by default."""
    held = {name: copy.deepcopy(value) for name, value in spec.items() if name not in ADMINISTRATORS}
    for parameter in (held.get("arguments") or {}).get("parameters") or ():
        parameter.pop("value", None)
    for template in held.get("templates") or ():
        for name in ADMINISTRATORS & template.keys():
            del template[name]
        for container in (*(template.get("initContainers") or ()), template.get("container") or {}):
            for name in _OF_A_CONTAINER & container.keys():
                del container[name]
        for artifact in (template.get("outputs") or {}).get("artifacts") or ():
            if output_prefix(spec) is not None and "s3" in artifact:
                artifact["s3"] = {**artifact["s3"], "key": OUTPUT_KEY}
    return held


def contract_digest(spec: Mapping[str, Any]) -> Digest:
    """The digest of :func:`contract`."""
    return digest_json(contract(spec))


def differences(shipped: Mapping[str, Any], there: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths at which the two contracts differ, such as ``templates[0].container.args``."""
    return tuple(_differing(contract(shipped), contract(there), ""))


def _differing(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for name in sorted(ours.keys() | theirs.keys()):
            inner = f"{path}.{name}" if path else name
            if name in ours and name in theirs:
                yield from _differing(ours[name], theirs[name], inner)
            else:
                yield inner
    elif _objects(ours) and _objects(theirs) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differing(one, other, f"{path}[{number}]")
    elif ours != theirs:
        yield path


def _objects(value: Any) -> bool:
    """A list whose elements have fields; any other is one value, such as a command."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
