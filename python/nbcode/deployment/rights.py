"""Which rights the shipped Roles give, one by one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbcode.primitives import dataclass

SUBMITTER = "nbcode-submitter"


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """One verb on one kind of object."""

    verb: str
    group: str
    resource: str
    why: str = ""

    def __str__(self) -> str:
        """``create workflows``."""
        return f"{self.verb} {self.resource}"

    def review(self, namespace: str) -> dict[str, Any]:
        """The question whether the user has it."""
        resource, _, subresource = self.resource.partition("/")
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {
                "resourceAttributes": {
                    "namespace": namespace,
                    "verb": self.verb,
                    "group": self.group,
                    "resource": resource,
                    "subresource": subresource,
                }
            },
        }


def rights_of(manifests: Iterable[Mapping[str, Any]], role: str) -> tuple[Right, ...]:
    """What a Role of ``manifests`` gives, each with its reason."""
    return tuple(
        right
        for one in manifests
        if one["kind"] == "Role" and one["metadata"]["name"] == role
        for right in _rights(one)
    )


def reasons(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Why an account has what, by resource."""
    told = manifest["metadata"].get("annotations") or {}
    begin = "why.nbcode.io/"
    return {name.removeprefix(begin): text for name, text in told.items() if name.startswith(begin)}


def _rights(role: Mapping[str, Any]) -> Iterator[Right]:
    why = reasons(role)
    for rule in role.get("rules") or ():
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                reason = why.get(resource.replace("/", "."), "")
                for verb in rule["verbs"]:
                    yield Right(verb=verb, group=group, resource=resource, why=reason)
