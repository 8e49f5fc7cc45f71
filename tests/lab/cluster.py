# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster: real control plane, scheduler and kube-proxy on one node, whose kubelet is played by kwok."""

from __future__ import annotations

import base64
import secrets
import subprocess
import sys
import typing as t
from collections.abc import Callable
from pathlib import Path

from . import cache, net, pki, rest, topology
from .errors import LabError
from .files import private
from .process import Program
from .topology import PORTS

NODE = topology.CLUSTER_HOST
URL = f"https://{topology.API}:{PORTS['kube-apiserver']}"
_WORKLOADS = Path(__file__).with_name("cluster.yaml")
_WEB = Path(__file__).with_name("web.py")
_KUBECONFIG = """apiVersion: v1
kind: Config
clusters:
  - name: lab
    cluster:
      server: {url}
      certificate-authority-data: {ca}
users:
  - name: {user}
    user:
      token: {token}
contexts:
  - name: lab
    context:
      cluster: lab
      user: {user}
current-context: lab
"""


def _name(item: dict[str, t.Any]) -> str:
    return t.cast(str, item["metadata"]["name"])


class Cluster:
    """The cluster of one lab; everything it writes lies in `folder`, but for the user's kubeconfig."""

    def __init__(self, lab: str, folder: Path, kubeconfig: Path):
        self.kubeconfig = kubeconfig
        self._folder = folder
        self._pki = folder / "pki"
        self._token = folder / "token"
        self._namespace = topology.namespace(lab, NODE)

    def create(self) -> None:
        """Make certificates, the administrator's token and kubeconfig, and the route for the pods."""
        pki.create(self._pki)
        token = secrets.token_urlsafe(32)
        private(self._token, token)
        private(self._folder / "tokens.csv", f'{token},admin,admin,"system:masters"\n')
        private(self.kubeconfig, self.render_kubeconfig("admin", token))

    def render_kubeconfig(self, user: str, token: str) -> str:
        """A kubeconfig that verifies the API server's certificate."""
        authority = base64.b64encode((self._pki / "ca.crt").read_bytes()).decode()
        return _KUBECONFIG.format(url=URL, ca=authority, user=user, token=token)

    def client(self, keep: bool = False) -> rest.Client:
        """A client of the API as administrator, from the node's namespace."""
        token = self._token.read_text(encoding="ascii")
        return rest.Client(URL, self._namespace, authorization=f"Bearer {token}", ca=self._pki / "ca.crt", keep=keep)

    def kubectl(self) -> list[str]:
        """kubectl as administrator; what it learns of an API at this address is not true in another lab."""
        cached = self._folder / "kubectl"
        return [str(cache.binary("kubectl")), f"--kubeconfig={self.kubeconfig}", f"--cache-dir={cached}"]

    def control_plane(self) -> list[Program]:
        """What the API needs."""
        return [self._etcd(), self._api()]

    def controllers(self) -> list[Program]:
        """What needs the API, and the web server behind the pods."""
        return [self._controller_manager(), self._scheduler(), self._kwok(), self._proxy(), self._web()]

    def populate(self) -> None:
        """Create the node and the workloads."""
        self.apply(_WORKLOADS)

    def apply(self, *files: Path, condition: str = "") -> None:
        """Write the objects of YAML files, and wait until all of them have a condition."""
        named = [f"--filename={file}" for file in files]
        commands = [["apply", "--server-side", *named]]
        if condition:
            commands.append(["wait", f"--for=condition={condition}", "--timeout=60s", *named])
        for command in commands:
            argv = net.command(self._namespace, [*self.kubectl(), *command])
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                raise LabError(f"kubectl {' '.join(command)} failed: {done.stderr.strip()}")

    def converged(self) -> bool:
        """Whether every Deployment has all of its pods, and whether all is there that a cluster makes by itself.

        Who looks for the writes of a run must not see those: the account and the authority of each namespace, and the
        rules of the roles that gather them from others.
        """
        client = self.client()
        try:
            deployments = client.get("/apis/apps/v1/deployments")["items"]
            made = {
                (_name(item), item["metadata"]["namespace"])
                for kind in ("serviceaccounts", "configmaps")
                for item in client.get(f"/api/v1/{kind}")["items"]
            }
            spaces = [_name(item) for item in client.get("/api/v1/namespaces")["items"]]
            roles = client.get("/apis/rbac.authorization.k8s.io/v1/clusterroles")["items"]
        except OSError:
            return False
        return (
            all(item["status"].get("availableReplicas") == item["spec"]["replicas"] for item in deployments)
            and made >= {(name, space) for name in ("default", "kube-root-ca.crt") for space in spaces}
            and all(item["rules"] for item in roles if "aggregationRule" in item)
        )

    def _etcd(self) -> Program:
        client, peers = (f"http://127.0.0.1:{PORTS[name]}" for name in ("etcd", "etcd-peers"))
        flags = {
            "data-dir": self._folder / "etcd",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"default={peers}",
            "unsafe-no-fsync": "true",
        }
        return self._program("etcd", flags, self._serves(client, "/health"))

    def _api(self) -> Program:
        flags = {
            "etcd-servers": f"http://127.0.0.1:{PORTS['etcd']}",
            "bind-address": "0.0.0.0",
            "advertise-address": topology.NODE,
            "secure-port": PORTS["kube-apiserver"],
            "tls-cert-file": self._pki / "server.crt",
            "tls-private-key-file": self._pki / "server.key",
            "client-ca-file": self._pki / "ca.crt",
            "token-auth-file": self._folder / "tokens.csv",
            "service-account-key-file": self._pki / "sa.key",
            "service-account-signing-key-file": self._pki / "sa.key",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-cluster-ip-range": topology.SERVICE_SUBNET,
            "authorization-mode": "RBAC",
            "allow-privileged": "true",
        }
        return self._program("kube-apiserver", flags, lambda _pid: self.client().serves("/readyz"))

    def _controller_manager(self) -> Program:
        flags = {
            "kubeconfig": self.kubeconfig,
            "bind-address": "127.0.0.1",
            "root-ca-file": self._pki / "ca.crt",
            "service-account-private-key-file": self._pki / "sa.key",
            "allocate-node-cidrs": "true",
            "cluster-cidr": topology.POD_SUBNET,
            "service-cluster-ip-range": topology.SERVICE_SUBNET,
            "leader-elect": "false",
            # The pods of a node that was given up stay unready for good: nobody plays that part of its kubelet. On a
            # busy machine an API that is away for a test is away for longer than the 50 s that are usual.
            "node-monitor-grace-period": "10m",
        }
        health = f"https://127.0.0.1:{PORTS['kube-controller-manager']}"
        return self._program("kube-controller-manager", flags, self._serves(health, "/healthz"))

    def _scheduler(self) -> Program:
        flags = {"kubeconfig": self.kubeconfig, "bind-address": "127.0.0.1", "leader-elect": "false"}
        health = f"https://127.0.0.1:{PORTS['kube-scheduler']}"
        return self._program("kube-scheduler", flags, self._serves(health, "/healthz"))

    def _kwok(self) -> Program:
        address = f"127.0.0.1:{PORTS['kwok']}"
        flags = {
            "config": cache.asset("kwok-stages"),
            "kubeconfig": self.kubeconfig,
            "manage-all-nodes": "false",
            "manage-nodes-with-annotation-selector": "kwok.x-k8s.io/node=fake",
            "cidr": topology.NODE_POD_SUBNET,
            "node-ip": topology.NODE,
            # Without one, a node that is set up again loses its address: its stage then writes an empty list.
            "node-name": NODE,
            "node-lease-duration-seconds": 40,
            "server-address": address,
        }
        return self._program("kwok", flags, self._serves(f"http://{address}", "/readyz"))

    def _proxy(self) -> Program:
        flags = {
            "kubeconfig": self.kubeconfig,
            "proxy-mode": "nftables",
            "hostname-override": NODE,
            "cluster-cidr": topology.POD_SUBNET,
            # Zero keeps it from writing settings of the machine's kernel.
            "conntrack-max-per-core": 0,
            "conntrack-tcp-timeout-established": "0s",
            "conntrack-tcp-timeout-close-wait": "0s",
        }
        health = f"http://127.0.0.1:{PORTS['kube-proxy-health']}"
        return self._program("kube-proxy", flags, self._serves(health, "/healthz"))

    def _web(self) -> Program:
        argv = (sys.executable, str(_WEB), str(PORTS["web"]))
        return Program("web", NODE, argv, ready=self._serves(f"http://127.0.0.1:{PORTS['web']}", "/"))

    def _program(self, name: str, flags: dict[str, object], ready: Callable[[int], bool]) -> Program:
        argv = (str(cache.binary(name)), *(f"--{flag}={value}" for flag, value in flags.items()))
        return Program(name, NODE, argv, ready=ready)

    def serves(self, url: str, path: str) -> bool:
        """Whether a program in the node's namespace answers there."""
        return rest.Client(url, self._namespace, timeout=5.0).serves(path)

    def _serves(self, url: str, path: str) -> Callable[[int], bool]:
        return lambda _pid: self.serves(url, path)
