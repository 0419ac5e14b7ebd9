"""What keeps a pod from running, of its object as the API has it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NO_IMAGE = frozenset({"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName"})
_CANNOT_BEGIN = NO_IMAGE | {"CreateContainerConfigError", "CreateContainerError"}


def waiting_containers(pod: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Of each container that waits for more than its turn: its image, the reason, and what is said of it."""
    status = pod.get("status") or {}
    for one in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = (one.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _CANNOT_BEGIN:
            yield str(one.get("image")), str(waiting["reason"]), str(waiting.get("message") or "")


def unplaced(pod: Mapping[str, Any]) -> str:
    """Why no node takes the pod, or empty."""
    for one in (pod.get("status") or {}).get("conditions") or ():
        if one.get("type") == "PodScheduled" and one.get("status") == "False":
            return str(one.get("message") or one.get("reason") or "no reason is told")
    return ""


def why_it_waits(pod: Mapping[str, Any]) -> str:
    """What keeps a pod from running; empty where that is not known, or no more than a matter of seconds."""
    if placed := unplaced(pod):
        return f"no node takes its pod: {placed}"
    for image, reason, said in waiting_containers(pod):
        return f"its pod cannot begin: {reason} of {image}" + (f": {said}" if said else "")
    return ""
