"""etcd, the API server and its controllers: alone for questions about objects, or as the head of the whole cluster."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cluster.builds import program
from cluster.certificates import Authority, Signed
from cluster.layout import API_SERVICE, POD_RANGE, SERVICE_RANGE, Layout
from cluster.processes import Processes


@dataclass(frozen=True, kw_only=True)
class Ports:
    """``etcd`` and its peers listen on loopback alone."""

    etcd: int = 2379
    peers: int = 2380
    api: int = 6443


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """Starts and stops it. ``address`` is the API server's own."""

    layout: Layout
    processes: Processes
    authority: Authority
    address: str
    ports: Ports

    @property
    def server(self) -> str:
        return f"https://{self.address}:{self.ports.api}"

    def start_etcd(self) -> None:
        """From nothing; what it holds need not outlive this machine's power."""
        client, peers = (f"http://127.0.0.1:{port}" for port in (self.ports.etcd, self.ports.peers))
        self.processes.start(
            "etcd",
            [program("etcd"), "--name=etcd", f"--data-dir={self.layout.root / 'etcd'}", "--unsafe-no-fsync",
             f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
             f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}",
             f"--initial-cluster=etcd={peers}", "--log-level=warn"],
        )  # fmt: skip

    def start_api_server(self) -> None:
        """Its administrator's kubeconfig is written; returns when it is ready."""
        admin = self.authority.sign("admin", group="system:masters")
        self.authority.write_kubeconfig(self.layout.kubeconfig, self.server, admin)
        serving = self.authority.sign(
            "kube-apiserver",
            addresses=["127.0.0.1", API_SERVICE, *({self.address} - {"127.0.0.1"})],
            names=["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
        )
        to_kubelet = self.authority.sign("kube-apiserver-kubelet-client", group="system:masters")
        tokens = self.authority.key_pair("service-accounts")
        ca = self.authority.certificate
        self.processes.start(
            "kube-apiserver",
            [program("kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{self.ports.etcd}",
             f"--bind-address={self.address}", f"--advertise-address={self.address}", f"--secure-port={self.ports.api}",
             f"--service-cluster-ip-range={SERVICE_RANGE}", f"--client-ca-file={ca}",
             f"--tls-cert-file={serving.certificate}", f"--tls-private-key-file={serving.key}",
             f"--kubelet-certificate-authority={ca}", f"--kubelet-client-certificate={to_kubelet.certificate}",
             f"--kubelet-client-key={to_kubelet.key}", "--kubelet-preferred-address-types=InternalIP",
             "--service-account-issuer=https://kubernetes.default.svc",
             f"--service-account-key-file={tokens.certificate}", f"--service-account-signing-key-file={tokens.key}",
             "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
             *self._loopback_only()],
        )  # fmt: skip
        self.processes.wait("kube-apiserver", lambda: ready(self.server, ca, admin))

    def start_controllers(self) -> None:
        """The controller manager and the scheduler."""
        ca, tokens = self.authority.certificate, self.authority.folder / "service-accounts.key"
        manager = self._kubeconfig("kube-controller-manager")
        self.processes.start(
            "kube-controller-manager",
            [program("kube-controller-manager"), f"--kubeconfig={manager}", "--bind-address=127.0.0.1",
             f"--root-ca-file={ca}", f"--service-account-private-key-file={tokens}",
             "--use-service-account-credentials=true", "--leader-elect=false", "--controllers=*",
             f"--flex-volume-plugin-dir={self.layout.root / 'volume-plugins'}",
             "--allocate-node-cidrs=false", f"--cluster-cidr={POD_RANGE}",
             f"--cluster-signing-cert-file={ca}", f"--cluster-signing-key-file={self.authority.folder / 'ca.key'}"],
        )  # fmt: skip
        scheduler = self._kubeconfig("kube-scheduler")
        self.processes.start(
            "kube-scheduler",
            [program("kube-scheduler"), f"--kubeconfig={scheduler}", "--bind-address=127.0.0.1", "--leader-elect=false"],
        )  # fmt: skip

    def _kubeconfig(self, name: str) -> Path:
        path = self.layout.folder("kubeconfigs") / name
        self.authority.write_kubeconfig(path, self.server, self.authority.sign(f"system:{name}"))
        return path

    def _loopback_only(self) -> list[str]:
        """An address of loopback is refused as an endpoint of the service ``kubernetes``: alone it has none."""
        return ["--endpoint-reconciler-type=none"] if self.address == "127.0.0.1" else []


def ready(server: str, ca: Path, client: Signed) -> bool:
    """Whether the API server says so itself."""
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(client.certificate, client.key)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(f"{server}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def write_json(path: Path, told: dict[str, object]) -> Path:
    """Configuration of Kubernetes' programs, which read JSON as YAML."""
    path.write_text(json.dumps(told, indent=1))
    return path
