# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of kubernetes.core, with which each module of this collection reaches a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from .conftest import Site, pool

LAN = pool("lan", "192.168.50.60-192.168.50.69")
SERVER = "https://192.168.50.50:6443"


def kubeconfig(site: Site, **changes: t.Any) -> dict[str, t.Any]:
    """The lab's kubeconfig, with another context beside its own."""
    found = json.loads(site.kubectl("config", "view", "--raw", "--output=json"))
    wrong = {"name": "wrong", "cluster": {"server": "https://192.168.50.250:6443"}}
    found["clusters"].append(wrong)
    found["contexts"].append({"name": "wrong", "context": {"cluster": "wrong", "user": found["users"][0]["name"]}})
    return {**found, **changes}


def test_a_kubeconfig_as_a_dictionary_and_a_context(site: Site, tmp_path: Path) -> None:
    right = kubeconfig(site)["current-context"]
    given = kubeconfig(site, **{"current-context": "wrong"})
    assert site.pools(LAN, kubeconfig=given, context=right)["changed"] is True
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(given), encoding="utf-8")
    assert site.pools(LAN, kubeconfig=str(path), context=right)["changed"] is False
    assert "192.168.50.250" in site.pools(LAN, kubeconfig=str(path), fails=True)["msg"]


def test_host_and_token(site: Site) -> None:
    authority = str(site.lab.path / "cluster" / "pki" / "ca.crt")
    token = (site.lab.path / "cluster" / "token").read_text(encoding="utf-8").strip()
    options = {"kubeconfig": None, "host": SERVER, "ca_cert": authority, "api_key": token}
    assert site.pools(LAN, **options)["changed"] is True


def test_impersonation_is_what_the_rights_are_of(site: Site) -> None:
    refused = site.pools(LAN, impersonate_user="nobody", fails=True)
    assert (refused["status"], 'User "nobody"' in refused["msg"]) == (403, True)
    assert site.pools(LAN, impersonate_user="somebody", impersonate_groups=["system:masters"])["changed"] is True


def test_a_proxy_is_used(site: Site) -> None:
    refused = site.pools(LAN, proxy="http://192.168.50.51:9", fails=True)
    assert "cannot be reached" in refused["msg"]
    assert "proxy" in refused["msg"].lower()


OPTIONS: dict[str, dict[str, t.Any]] = {
    "homelab.network.lb_pool": LAN,
    "homelab.network.lb_pool_info": {},
    "kubernetes.core.k8s_info": {"kind": "Node"},
}


def playbook(folder: Path, module: str, **fields: t.Any) -> list[str]:
    """The command for a play of one task."""
    task = {"name": "One of the group", module: OPTIONS[module]}
    path = folder / "play.yml"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task], **fields}]))
    return [str(Path(sys.executable).with_name("ansible-playbook")), str(path)]


def run_on_controller(site: Site, command: list[str], **environment: str) -> None:
    """Run a command on the controller of the lab."""
    variables = {**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false", **environment}
    inside = site.lab.command("controller", command)
    done = subprocess.run(inside, capture_output=True, text=True, check=False, env=variables)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", OPTIONS)
def test_the_action_group_gives_the_defaults(site: Site, tmp_path: Path, module: str) -> None:
    defaults = {"group/homelab.network.k8s": {"kubeconfig": str(site.lab.kubeconfig)}}
    run_on_controller(site, playbook(tmp_path, module, module_defaults=defaults))
    assert ("IPAddressPool/lan" in site.specs()) == module.endswith("lb_pool")


def test_variables_of_the_environment(site: Site, tmp_path: Path) -> None:
    run_on_controller(site, playbook(tmp_path, "homelab.network.lb_pool"), K8S_AUTH_KUBECONFIG=str(site.lab.kubeconfig))
    assert "IPAddressPool/lan" in site.specs()


def test_a_pod_of_the_cluster_needs_no_options(site: Site, tmp_path: Path) -> None:
    account = {"token": "token", "pki/ca.crt": "ca.crt"}
    for source, name in account.items():
        (tmp_path / name).write_bytes((site.lab.path / "cluster" / source).read_bytes())
    # Where the kubelet puts it; nobody else sees this /run, and it is gone with the command.
    place = "/run/secrets/kubernetes.io/serviceaccount"
    script = f"mount -t tmpfs tmpfs /run && mkdir -p {place} && cp {tmp_path}/token {tmp_path}/ca.crt {place} && "
    command = " ".join(playbook(tmp_path, "homelab.network.lb_pool"))
    run_on_controller(
        site,
        ["unshare", "--mount", "--propagation=private", "sh", "-c", f"{script} exec {command}"],
        KUBERNETES_SERVICE_HOST="192.168.50.50",
        KUBERNETES_SERVICE_PORT="6443",
        KUBECONFIG=str(tmp_path / "none"),
    )
    assert "IPAddressPool/lan" in site.specs()
