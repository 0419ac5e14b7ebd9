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
    problems: list[Diagnostic] = []
    if not _NAMESPACE.fullmatch(namespace):
        problems.append(_wrong("--namespace", namespace, "letters, digits and -, at most 63", "nbcode"))
    problems += [
        _wrong(option, named, "NAME@sha256:DIGEST, or NAME:TAG", "registry.example/nbcode-runner@sha256:...")
        for option, named, needed in (
            ("--image", image, needs.image),
            ("--controller-image", controller_image, needs.controller_image),
        )
        if (needed or named) and not _IMAGE.fullmatch(named)
    ]
    bucket, prefix = _place(store, problems) if needs.store or store else ("", "")
    if region is not None and not _REGION.fullmatch(region):
        problems.append(_wrong("--region", region, "the name of a region", "eu-central-1"))
    found = endpoint_of(endpoint) if endpoint else None
    if endpoint and found is None:
        problems.append(
            _wrong("--endpoint", endpoint, "http:// or https://, a host, and a port where it has one",
                   "https://s3.example:9000")
        )  # fmt: skip
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


def _place(store: str, problems: list[Diagnostic]) -> tuple[str, str]:
    scheme, _, rest = store.partition("://")
    bucket, _, prefix = rest.rstrip("/").partition("/")
    if scheme != "s3" or not _BUCKET.fullmatch(bucket) or not (_PREFIX.fullmatch(prefix) or not prefix):
        problems.append(
            _wrong("--store", store, "s3://BUCKET, or s3://BUCKET/PREFIX", "s3://research/nbcode")
        )
    return bucket, prefix


def _wrong(option: str, value: str, wanted: str, example: str) -> Diagnostic:
    told = f"{option} {value!r} cannot be deployed" if value else f"{option} is not said"
    return Diagnostic(
        code="NBC-K01",
        message=told,
        cause=f"it is {wanted}",
        fixes=(f"write {option} {example}",),
    )
