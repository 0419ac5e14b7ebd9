"""The programs of the test cluster, built from pinned Go modules once and kept in the cache.

``modules/NAME/go.mod`` and ``go.sum`` say what is built; what is built is kept under their digest and that of the flags.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from cluster.layout import MODULES, ClusterError, cache
from cluster.steps import step

KUBERNETES = "1.35.4"
ARGO = "4.0.7"
ARGO_MODULE = "github.com/argoproj/argo-workflows/v4"
_RECIPE = 1
"""To be raised when what this module does to sources gives something else."""
CUSTOM_RESOURCES = Path("base", "crds", "full")
_VERSION = "k8s.io/component-base/version"
_FLAGS_OF_KUBERNETES = " ".join(
    f"-X {_VERSION}.{name}={value}"
    for name, value in (("gitVersion", f"v{KUBERNETES}"), ("gitMajor", "1"), ("gitMinor", "35"))
)
_FLAGS_OF_ARGO = f"-X {ARGO_MODULE}.version=v{ARGO}"


@dataclass(frozen=True, kw_only=True)
class Module:
    """A folder of ``modules``, and its programs by the packages that they are built from."""

    name: str
    packages: dict[str, str]
    ldflags: str = ""


def _kubernetes(*names: str) -> dict[str, str]:
    return {name: f"k8s.io/kubernetes/cmd/{name}" for name in names}


API = (
    Module(name="etcd", packages={"etcd": "go.etcd.io/etcd/server/v3"}),
    Module(
        name="kubernetes", packages=_kubernetes("kube-apiserver", "kubectl"), ldflags=_FLAGS_OF_KUBERNETES
    ),
)
"""What answers questions about objects: no controller, no node."""
S3 = (Module(name="versitygw", packages={"versitygw": "github.com/versity/versitygw/cmd/versitygw"}),)
WHOLE = (
    API[0],
    Module(
        name="kubernetes",
        packages=_kubernetes(
            "kube-apiserver", "kubectl", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"
        ),
        ldflags=_FLAGS_OF_KUBERNETES,
    ),
    *S3,
    Module(
        name="argo",
        packages={name: f"./cmd/{name}" for name in ("argoexec", "workflow-controller")},
        ldflags=_FLAGS_OF_ARGO,
    ),
)


def programs(module: str) -> Path:
    """The folder of a module's programs, whether built or not."""
    return _kept(module) / "bin"


def program(name: str) -> Path:
    """A program that has been built."""
    module = next(m.name for m in WHOLE if name in m.packages)
    found = programs(module) / name
    if not found.exists():
        raise ClusterError(f"{name} has not been built", fix="make cluster-build")
    return found


def manifests() -> Path:
    """Argo's own, as its module has them: custom resource definitions, roles, the controller's Deployment."""
    return _kept("argo") / "manifests"


def custom_resources() -> list[Path]:
    """A definition each, as JSON."""
    return sorted((manifests() / CUSTOM_RESOURCES).glob("*.json"))


def missing(modules: Sequence[Module]) -> list[str]:
    """Programs that have not been built yet, and the manifests if they have not been fetched."""
    absent = [name for m in modules for name in m.packages if not (programs(m.name) / name).exists()]
    return [*absent, *(["Argo's manifests"] if not manifests().exists() else [])]


def build(modules: Sequence[Module]) -> None:
    """Everything of ``modules`` that is missing, one after the other; another process that builds is waited for."""
    if not missing(modules):
        return
    with _alone():
        for module in modules:
            absent = [name for name in module.packages if not (programs(module.name) / name).exists()]
            if absent:
                with step(f"build {', '.join(absent)}"):
                    _build(module, absent)
        if not manifests().exists():
            with step("fetch Argo's manifests"):
                _keep_manifests(_fetched(ARGO_MODULE) / "manifests", manifests())


def _build(module: Module, names: Sequence[str]) -> None:
    into = programs(module.name)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        built = Path(folder)
        source = _argo_sources(built / "sources") if module.name == "argo" else MODULES / module.name
        for name in names:
            flags = ["-trimpath", "-ldflags", f"-s -w {module.ldflags}".strip(), "-o", str(built / name)]
            _go(["build", *flags, module.packages[name]], source)
            (built / name).replace(into / name)


def _argo_sources(folder: Path) -> Path:
    """Argo's module where it can be built: an archive of a module holds no link, and it has one."""
    shutil.copytree(_fetched(ARGO_MODULE), folder, copy_function=shutil.copyfile)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    signals = folder / "workflow" / "executor" / "osspecific"
    (signals / "signal_linux.go").symlink_to("signal_darwin.go")
    return folder


def source_of_kubernetes() -> Path:
    """The folder of its module, as ``go.sum`` pins it."""
    return _fetched("k8s.io/kubernetes")


def _fetched(module: str) -> Path:
    """The folder of a module in Go's cache, its content checked against ``go.sum``."""
    folder = MODULES / ("argo" if module == ARGO_MODULE else "kubernetes")
    told = json.loads(_go(["mod", "download", "-json", module], folder))
    return Path(told["Dir"])


def _go(arguments: Sequence[str], folder: Path) -> str:
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not Path(go).exists():
        raise ClusterError(
            "no Go compiler is installed", fix="install Go 1.25 or later: https://go.dev/doc/install"
        )
    # The checksum database does not know Argo's module: its digest is pinned by go.sum alone.
    known = {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GONOSUMDB": "github.com/argoproj/*",
    }
    done = subprocess.run(
        ["nice", "-n", "10", go, *arguments],
        cwd=folder, env=os.environ | known, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise ClusterError(
            f"go {' '.join(arguments)} in {folder} ended with {done.returncode}:\n{done.stderr[-3000:]}",
            fix="where a module could not be fetched: go env GOPROXY; else remove the cache: go clean -cache",
        )
    return done.stdout


def _kept(module: str) -> Path:
    flags = next(m.ldflags for m in WHOLE if m.name == module)
    digest = hashlib.sha256(f"{_RECIPE} {flags}".encode())
    for name in ("go.mod", "go.sum"):
        digest.update((MODULES / module / name).read_bytes())
    return cache() / f"{module}-{digest.hexdigest()[:12]}"


def _keep_manifests(source: Path, target: Path) -> None:
    """As they are, and the custom resources as JSON beside them: 11 MB of YAML are read in seconds, each time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / "made"
        shutil.copytree(source, made, copy_function=shutil.copyfile)
        for path in (made, *made.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        for path in sorted((made / CUSTOM_RESOURCES).glob("argoproj.io_*.yaml")):
            told = yaml.load(path.read_bytes(), yaml.CSafeLoader)
            path.with_suffix(".json").write_text(json.dumps(told))
        made.rename(target)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
