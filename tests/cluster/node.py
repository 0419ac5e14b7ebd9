"""The one node: containerd with a network of CNI plugins, the kubelet, kube-proxy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from string import Template

from cluster.builds import program
from cluster.certificates import Authority
from cluster.control_plane import write_json
from cluster.layout import CGROUP, HERE, NODE, NODE_ADDRESS, POD_RANGE, ClusterError, Layout
from cluster.processes import Processes

SOCKET = Path("/run/containerd/containerd.sock")
"""In the cluster's own mounts."""
PAUSE = "localhost/pause:1"
_PLUGINS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))


@dataclass(frozen=True, kw_only=True)
class Node:
    """Starts it, part by part."""

    layout: Layout
    processes: Processes
    authority: Authority
    server: str

    def start_containerd(self) -> None:
        """Returns when its CRI server answers: a kubelet that comes before ends by itself."""
        plugins = next((p for p in _PLUGINS if (p / "bridge").exists()), None)
        if plugins is None:
            raise ClusterError("the CNI plugins are not installed", fix="sudo make cluster-system")
        networks = self.layout.folder("cni")
        write_json(networks / "10-bridge.conflist", _network(self.layout.root / "cni-addresses"))
        configuration = self.layout.root / "containerd.toml"
        told = Template((HERE / "containerd.toml").read_text())
        configuration.write_text(
            told.substitute(
                root=self.layout.root / "containerd",
                socket=SOCKET,
                pause=PAUSE,
                plugins=plugins,
                networks=networks,
            )
        )
        self.processes.start("containerd", ["containerd", "--config", configuration])
        log = self.processes.log("containerd")
        self.processes.wait("containerd", lambda: "Start streaming server" in log.read_text(errors="replace"))

    def start_kubelet(self) -> None:
        serving = self.authority.sign("kubelet-server", addresses=[NODE_ADDRESS], names=[NODE])
        resolving = self.layout.root / "resolv.conf"
        resolving.write_text("nameserver 127.0.0.1\n")  # none: a look-up fails at once
        configuration = write_json(
            self.layout.root / "kubelet.json",
            {
                "kind": "KubeletConfiguration",
                "apiVersion": "kubelet.config.k8s.io/v1beta1",
                "authentication": {
                    "anonymous": {"enabled": False},
                    "webhook": {"enabled": True},
                    "x509": {"clientCAFile": str(self.authority.certificate)},
                },
                "authorization": {"mode": "Webhook"},
                "tlsCertFile": str(serving.certificate),
                "tlsPrivateKeyFile": str(serving.key),
                "cgroupDriver": "cgroupfs",
                "cgroupRoot": f"/{CGROUP}",
                "failCgroupV1": False,
                "failSwapOn": False,
                "enforceNodeAllocatable": [],
                # A bomb of forks or threads ends in its own pod.
                "podPidsLimit": 1024,
                "containerRuntimeEndpoint": f"unix://{SOCKET}",
                "resolvConf": str(resolving),
                "volumePluginDir": str(self.layout.root / "volume-plugins"),
                # Images are imported, never pulled: one that is collected would not come back.
                "imageGCHighThresholdPercent": 100,
                "evictionHard": {
                    "memory.available": "100Mi",
                    "nodefs.available": "1%",
                    "imagefs.available": "1%",
                },
            },
        )
        self.processes.start(
            "kubelet",
            [program("kubelet"), f"--config={configuration}", f"--root-dir={self.layout.root / 'kubelet'}",
             f"--kubeconfig={self._kubeconfig('kubelet', f'system:node:{NODE}', 'system:nodes')}",
             f"--node-ip={NODE_ADDRESS}", f"--hostname-override={NODE}"],
        )  # fmt: skip

    def start_proxy(self) -> None:
        kubeconfig = self._kubeconfig("kube-proxy", "system:kube-proxy", "")
        configuration = write_json(
            self.layout.root / "kube-proxy.json",
            {
                "kind": "KubeProxyConfiguration",
                "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
                "mode": "iptables",
                "clusterCIDR": POD_RANGE,
                "hostnameOverride": NODE,
                "metricsBindAddress": "127.0.0.1:10249",
                "clientConnection": {"kubeconfig": str(kubeconfig)},
                # These are the whole machine's.
                "conntrack": {
                    "maxPerCore": 0,
                    "min": 0,
                    "tcpEstablishedTimeout": "0s",
                    "tcpCloseWaitTimeout": "0s",
                },
            },
        )
        self.processes.start("kube-proxy", [program("kube-proxy"), f"--config={configuration}"])

    def _kubeconfig(self, name: str, user: str, group: str) -> Path:
        path = self.layout.folder("kubeconfigs") / name
        self.authority.write_kubeconfig(path, self.server, self.authority.sign(user, group=group))
        return path


def import_image(processes: Processes, archive: Path) -> None:
    """An OCI archive becomes an image of the node. It is read from outside, so that it may be anywhere on this machine."""
    import subprocess

    with archive.open("rb") as content:
        done = subprocess.run(
            [*processes.entering, "ctr", "--address", SOCKET, "--namespace", "k8s.io", "images", "import", "-"],
            stdin=content, capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": "/run"},
        )  # fmt: skip
    if done.returncode != 0:
        raise ClusterError(
            f"{archive} is no image: {done.stderr}", fix="buildah push IMAGE oci-archive:FILE:NAME:TAG"
        )


def _network(addresses: Path) -> dict[str, object]:
    """Pods on one bridge, behind the node's address."""
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": POD_RANGE}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": str(addresses),
        },
    }
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}],
    }
