# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real DNS servers of different kinds on the loopback, and an inventory with one plan for all of them."""

from __future__ import annotations

import typing as t
from contextlib import ExitStack
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import yaml

from tests.integration.dns.adguard import AdGuard
from tests.integration.dns.bind import Bind
from tests.integration.dns.coredns import CoreDns
from tests.integration.dns.dnsmasq import Dnsmasq
from tests.integration.dns.powerdns import PowerDns
from tests.integration.dns.server import Daemon, Server
from tests.lab import packages

from .site import PLAN

KINDS: dict[str, t.Callable[[Path], Server]] = {
    "adguard": AdGuard,
    "bind": Bind,
    "coredns": CoreDns,
    "dnsmasq": Dnsmasq,
    "powerdns": PowerDns,
}
# Where the port is 53, as in a network: the server of a zone that others ask for.
CLUSTER_DNS = "127.0.53.7"
_SECRETS = ("username", "password", "token", "tsig_name", "tsig_secret")


class Loopback:
    """The servers, and what the inventory of a test says of them; it stands in for a lab.

    `path`: a folder with the inventory and the secrets that a lab has as well; `inventory`: where its plan is; `hosts`:
    it has none.
    """

    hosts: t.ClassVar[dict[str, t.Any]] = {}

    def __init__(self, folder: Path, plan: dict[str, t.Any]) -> None:
        packages.ensure(["dnsmasq-base"])
        self.path = folder / "lab"
        self.inventory = folder / "source"
        self.servers: dict[str, Server] = {}
        for name, kind in KINDS.items():
            (folder / name).mkdir(parents=True)
            self.servers[name] = kind(folder / name)
        listen = ["--port=53", f"--listen-address={CLUSTER_DNS}", "--bind-interfaces", "--user=root"]
        holds = ["--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--host-record=web.k8s.example.org,10.43.0.9"]
        self._cluster = Daemon(["dnsmasq", "--keep-in-foreground", *listen, *holds], folder / "cluster.log")
        self._write(plan)

    def _write(self, plan: dict[str, t.Any]) -> None:
        """The inventory: connection options in the plan, in the options of the role and in the secrets."""
        servers = plan["dns"]["servers"]
        options: dict[str, t.Any] = {}
        for name, server in self.servers.items():
            port = getattr(server, "dns_port", getattr(server, "port", 53))
            servers[name] = {**servers[name], "port": port}
            if "url" in server.options:
                servers[name]["url"] = server.options["url"]
            rest = {*server.options} - {"backend", "url", "server", "port", *_SECRETS}
            options[name] = {key: server.options[key] for key in sorted(rest)}
        # What a run leaves behind is killed by this variable, and a server that it restarts has to stay.
        restart = options["dnsmasq"]["restart_command"]
        options["dnsmasq"]["restart_command"] = ["env", "--unset=TEST_RESULTS", *restart]
        secrets = {
            name: {key: server.options[key] for key in _SECRETS if key in server.options}
            for name, server in self.servers.items()
        }
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        hosts = {"homelab_dns_hosts": {"hosts": {"dnsmasq": local, "coredns": local}}}
        for path, content in (
            (self.inventory / PLAN, {"homelab_network": plan}),
            (self.inventory / "hosts.yml", hosts),
            (self.path / "inventory" / "group_vars" / "all.yml", {"dns_records_options": options}),
            (self.path / "inventory" / "hosts.yml", {"ungrouped": {"hosts": {"localhost": local}}}),
            (self.path / "secrets.yml", {"homelab_network_secrets": secrets}),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content), encoding="utf-8")

    @property
    def secrets(self) -> dict[str, str]:
        """What must be in no log, by a name for it."""
        return {
            f"{name}_{key}": server.options[key]
            for name, server in self.servers.items()
            for key in ("password", "token", "tsig_secret")
            if key in server.options
        }

    def __enter__(self) -> t.Self:
        with ExitStack() as stack:
            self._cluster.start(_cluster_answers)
            stack.callback(self._cluster.stop)
            for server in self.servers.values():
                server.start()
                stack.callback(server.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def command(self, _host: str, argv: t.Sequence[str]) -> list[str]:
        """The controller is this machine."""
        return list(argv)


def _cluster_answers() -> bool:
    question = dns.message.make_query("web.k8s.example.org", "A")
    try:
        return bool(dns.query.udp(question, CLUSTER_DNS, timeout=0.2).answer)
    except (OSError, dns.exception.Timeout):
        return False
