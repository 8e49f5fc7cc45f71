# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real programs behind the pods of MetalLB's chart. Pure."""

from __future__ import annotations

from pathlib import Path

from .containers import Backing, Container, inside
from .topology import PORTS

CONTROLLER = "metallb-controller"
SPEAKER = "metallb-speaker"
_CERTIFICATES = "/tmp/k8s-webhook-server/serving-certs"


def _own(program: str, container: Container, folder: Path) -> dict[str, object]:
    """Every program with ports of its own: in their containers they have the same."""
    return {
        "kubeconfig": folder / "kubeconfig",
        "namespace": container.namespace,
        "pod-name": container.pod,
        "port": PORTS[program],
        "health-probe-port": PORTS[f"{program}-health"],
    }


def _controller(container: Container, folder: Path) -> dict[str, object]:
    """The webhook server looks for its certificate below TMPDIR only, the controller where this says."""
    return {**_own(CONTROLLER, container, folder), "cert-dir": inside(folder, _CERTIFICATES)}


def _speaker(container: Container, folder: Path) -> dict[str, object]:
    return _own(SPEAKER, container, folder)


def _labels(component: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": component}


BACKINGS = (
    Backing(CONTROLLER, CONTROLLER, "controller", _labels("controller"), _controller),
    Backing(SPEAKER, SPEAKER, "speaker", _labels("speaker"), _speaker),
)
