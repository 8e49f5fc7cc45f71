# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the lab for a while: objects of somebody else, programs that have ended or do nothing."""

from __future__ import annotations

import contextlib
import json
import signal
import time
import typing as t

from tests.lab.lab import Lab


@contextlib.contextmanager
def stopped(lab: Lab, program: str) -> t.Iterator[None]:
    """It has ended, and is started again when this is over."""
    lab.stop(program)
    try:
        yield
    finally:
        lab.start(program)


@contextlib.contextmanager
def paused(lab: Lab, program: str) -> t.Iterator[None]:
    """It is still there and holds what it had, but does nothing."""
    lab.signal(program, signal.SIGSTOP)
    try:
        yield
    finally:
        lab.signal(program, signal.SIGCONT)


@contextlib.contextmanager
def applying(lab: Lab, obj: t.Mapping[str, t.Any]) -> t.Iterator[None]:
    """An object is there."""
    lab.kubectl("apply", "--filename=-", input=json.dumps(obj))
    try:
        yield
    finally:
        lab.kubectl("delete", "--filename=-", input=json.dumps(obj))


def wait_until_served(lab: Lab, seconds: float = 120.0) -> None:
    """Wait until MetalLB and kube-proxy look at the API again, which they try ever more rarely while it is away.

    They do so when a Service that is made now can be reached from the LAN.
    """
    whoami = json.loads(lab.kubectl("get", "service", "whoami", "--output=json"))["spec"]
    ports = [{"port": whoami["ports"][0]["port"], "targetPort": whoami["ports"][0]["targetPort"]}]
    spec = {"type": "LoadBalancer", "selector": whoami["selector"], "ports": ports}
    meta = {"name": "after-the-outage", "namespace": "default"}
    with applying(lab, {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}):
        address = ("get", "service", meta["name"], "--output=jsonpath={.status.loadBalancer.ingress[0].ip}")
        connect = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)"
        deadline = time.monotonic() + seconds
        while True:
            held = lab.kubectl(*address)
            command = ["python3", "-c", connect, held, str(ports[0]["port"])]
            if held and lab.exec("probe1", command, check=False).returncode == 0:
                return
            assert time.monotonic() < deadline, f"no Service is served {seconds:g} s after the outage"
            time.sleep(0.5)
