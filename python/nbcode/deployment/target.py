"""Where nbcode is to be deployed: names, images and the object store, each held to what a cluster takes."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from nbcode.primitives import Diagnostic, NbcodeError, dataclass

NAMESPACE = "nbcode"
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_IMAGE = re.compile(
    r"(?P<name>[a-z0-9]+([._-][a-z0-9]+)*(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)"
    r"(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]+\]")
_HTTPS, _HTTP = 443, 80
_OF_OTHERS = ("default", "argo", "argocd")
"""Namespaces of Kubernetes and of Argo, beside those that begin with ``kube-``."""
_LONGEST_PREFIX = 512
"""A key of S3 has at most 1,024 bytes."""
_RUNNER, _CONTROLLER = "registry.example/nbcode-runner:1", "registry.example/nbcode:1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """The address of an S3 server: ``host`` with its port where one is said, ``port`` as a network rule has it."""

    host: str
    port: int
    insecure: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One place. ``endpoint`` and ``region`` are None where the object store is Amazon's, which its bucket names alone."""

    namespace: str = NAMESPACE
    image: str
    controller_image: str
    bucket: str
    prefix: str = ""
    endpoint: Endpoint | None = None
    region: str | None = None

    @property
    def by_tag(self) -> tuple[str, ...]:
        """The images that no digest names: whoever may push to their registry may change what runs."""
        named = dict.fromkeys((self.image, self.controller_image))
        return tuple(image for image in named if image and digest_of(image) is None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What has to be said of a place: everything for the whole base, less for some of its files."""

    image: bool = True
    controller_image: bool = True
    store: bool = True


EVERYTHING = Needs()


def target(
    *,
    image: str,
    controller_image: str,
    store: str,
    namespace: str = NAMESPACE,
    endpoint: str | None = None,
    region: str | None = None,
    needs: Needs = EVERYTHING,
) -> Target:
    """Raise ``NbcodeError`` (NBC-K01) with everything that a cluster, a registry or an object store would not take. What is not needed may be empty."""
    found = endpoint_of(endpoint) if endpoint else None
    bucket, prefix = _place(store)
    problems = [
        _wrong(option, value, why, example)
        for option, value, why, example in (
            ("--namespace", namespace, _why_no_namespace(namespace), NAMESPACE),
            ("--image", image, _why_no_image(image, needed=needs.image), _RUNNER),
            ("--controller-image", controller_image, _why_no_image(controller_image, needed=needs.controller_image), _CONTROLLER),
            ("--store", store, _why_no_store(store) if needs.store or store else "", "s3://research/nbcode"),
            ("--region", region or "", "" if region is None or _REGION.fullmatch(region) else "a region is lower-case letters, digits and -", "eu-central-1"),
            ("--endpoint", endpoint or "", "" if found or not endpoint else "an endpoint is http:// or https://, a host, a port where it has one, and no path", "https://s3.example:9000"),
        )
        if why
    ]  # fmt: skip
    if problems:
        raise NbcodeError(problems)
    made = Target(image=image, controller_image=controller_image, bucket=bucket, prefix=prefix)
    return replace(made, namespace=namespace, endpoint=found, region=region)


def endpoint_of(address: str) -> Endpoint | None:
    """The server at ``http(s)://host[:port]``, None for anything else."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    plain = parts.scheme in {"http", "https"} and parts.path in {"", "/"} and not parts.query + parts.fragment
    if not plain or not _HOST.fullmatch(parts.netloc.removesuffix(f":{port}")):
        return None
    insecure = parts.scheme == "http"
    return Endpoint(host=parts.netloc, port=port or (_HTTP if insecure else _HTTPS), insecure=insecure)


def digest_of(image: str) -> str | None:
    """The digest by which an image is named, None where a tag names it or nothing does."""
    found = _IMAGE.fullmatch(image)
    return found["digest"] if found else None


def _place(store: str) -> tuple[str, str]:
    bucket, _, prefix = store.partition("://")[2].rstrip("/").partition("/")
    return bucket, prefix


def _why_no_namespace(name: str) -> str:
    if not _NAMESPACE.fullmatch(name):
        return "a namespace is lower-case letters, digits and - between them, at most 63 of them"
    if name.startswith("kube-") or name in _OF_OTHERS:
        return (
            "it is not nbcode's own: its pods would be held to restricted pod security, a quota and closed network rules,"
            " and those of Kubernetes or Argo would not start any more"
        )
    return ""


def _why_no_image(name: str, *, needed: bool) -> str:
    if _IMAGE.fullmatch(name) or not (needed or name):
        return ""
    if "@" in name:
        return (
            "what stands behind @ is sha256: and 64 hexadecimal digits, as the push of the image printed it"
        )
    return "an image is NAME@sha256:DIGEST, or NAME:TAG, its name in lower case"


def _why_no_store(store: str) -> str:
    scheme, _, _ = store.partition("://")
    bucket, prefix = _place(store)
    if scheme != "s3" or not bucket:
        return "a store is s3://BUCKET, or s3://BUCKET/PREFIX"
    if not _BUCKET.fullmatch(bucket):
        return f"{bucket!r} is no bucket: 3 to 63 lower-case letters, digits, . and -"
    if prefix and not _PREFIX.fullmatch(prefix):
        return f"{prefix!r} is no prefix: letters, digits, ., _ and -, folders apart by /"
    if len(prefix) > _LONGEST_PREFIX:
        return f"its prefix has {len(prefix)} characters, and at most {_LONGEST_PREFIX} leave room for the names of what is kept under it"
    return ""


def _wrong(option: str, value: str, why: str, example: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-K01",
        message=f"{option} {value!r} cannot be deployed" if value else f"{option} is not said",
        cause=why,
        fixes=(f"write {option} {example}",),
    )
