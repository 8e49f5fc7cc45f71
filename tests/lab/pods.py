# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon that runs real programs behind the pods of MetalLB's and Cilium's charts, as a kubelet would.

It starts a program when its pod runs, gives it the pod's service account, Secrets and ConfigMaps, starts it again when
it ends or the pod was replaced, and stops it when the pod is gone. What a test holds stopped stays stopped.
"""

from __future__ import annotations

import base64
import shutil
import sys
import time
from pathlib import Path

from . import cache, cilium, metallb, rest
from .cluster import NODE, Cluster
from .containers import Backing, Container, Mount, inside
from .errors import LabError
from .files import private
from .process import Program, Programs

NAME = "pods"
BACKINGS = {backing.program: backing for backing in (*metallb.BACKINGS, *cilium.BACKINGS)}
_INTERVAL = 0.3
_RESTART_AFTER = 2.0
_SYNC_MOUNTS_AFTER = 1.0
_TOKEN_SECONDS = 7 * 24 * 3600


def program(lab: str, state: Path) -> Program:
    """The daemon itself."""
    argv = (sys.executable, "-m", "tests.lab.pods", lab, str(state))
    root = Path(__file__).parents[2]
    return Program(NAME, NODE, argv, env={"PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"})


class Kubelet:
    """Brings the programs in line with the pods, one step at a time."""

    def __init__(self, cluster: Cluster, programs: Programs, folder: Path):
        self._cluster = cluster
        self._api: rest.Client = cluster.client(keep=True)
        self._programs = programs
        self._folder = folder
        self._last_start: dict[str, float] = {}
        self._last_mount: dict[str, float] = {}

    def step(self) -> None:
        """Look at the pods once; OSError when the API does not answer, and then everything stays as it is."""
        pods = self._api.get("/api/v1/pods")["items"]
        for name, backing in BACKINGS.items():
            container = backing.behind(pods)
            if container:
                self._keep(backing, container)
            elif self._programs.pid(name) or self._home(name).exists():
                print(f"{name}: its pod is gone")
                self._programs.stop(name)
                shutil.rmtree(self._home(name), ignore_errors=True)

    def _keep(self, backing: Backing, container: Container) -> None:
        name, home = backing.program, self._home(backing.program) / container.pod
        argv = backing.argv(cache.binary(backing.binary), container, home)
        wanted = Program(name, NODE, argv, env=container.environment(home))
        if self._programs.held(name) or not self._mounted(container, home):
            return
        if self._programs.pid(name):
            if self._programs.runs(wanted):
                return
            print(f"{name}: its pod was replaced")
            self._programs.stop(name)
        elif time.monotonic() < self._last_start.get(name, 0) + _RESTART_AFTER:
            return
        self._log_in(container, home)
        if self._programs.start(wanted):
            self._last_start[name] = time.monotonic()
            print(f"{name}: started behind {container.namespace}/{container.pod}")

    def _mounted(self, container: Container, home: Path) -> bool:
        """Write what the pod mounts; False while one of the objects does not exist, which keeps a pod from starting."""
        if time.monotonic() < self._last_mount.get(container.pod, 0) + _SYNC_MOUNTS_AFTER:
            return True
        for mount in container.mounts:
            path = f"/api/v1/namespaces/{container.namespace}/{mount.collection}/{mount.name}"
            found = self._api.get(path)
            if found:
                _write(mount, found.get("data", {}), inside(home, mount.path))
            elif not mount.optional:
                return False
        self._last_mount[container.pod] = time.monotonic()
        return True

    def _log_in(self, container: Container, home: Path) -> None:
        """Write a kubeconfig with a token of the pod's service account: its RBAC is the chart's."""
        path = f"/api/v1/namespaces/{container.namespace}/serviceaccounts/{container.service_account}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        answer = self._api.post(path, {**request, "spec": {"expirationSeconds": _TOKEN_SECONDS}})
        if answer is None:
            raise OSError(f"the service account {container.namespace}/{container.service_account} does not exist")
        private(
            home / "kubeconfig", self._cluster.render_kubeconfig(container.service_account, answer["status"]["token"])
        )

    def _home(self, name: str) -> Path:
        return self._folder / name


def _write(mount: Mount, data: dict[str, str], folder: Path) -> None:
    """Write an object's keys as files, those that have changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, value in data.items():
        content = base64.b64decode(value).decode() if mount.collection == "secrets" else value
        file = folder / key
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            private(file, content)


def main(lab: str, state: Path) -> None:
    """Run until killed."""
    cluster = Cluster(lab, state / "cluster", state / "kubeconfig")
    kubelet = Kubelet(cluster, Programs(lab, state), state / NAME)
    trouble = ""
    while True:
        try:
            kubelet.step()
            trouble = ""
        except (OSError, LabError) as error:
            if str(error) != trouble:
                trouble = str(error)
                print(f"cannot look after the pods, will try again: {trouble}")
        time.sleep(_INTERVAL)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
