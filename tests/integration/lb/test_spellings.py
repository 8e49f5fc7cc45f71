# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_address on a real MetalLB: ways of asking, old spellings, and others who write the same fields."""

from __future__ import annotations

import json
import os
import typing as t

import pytest

from tests.integration.waiting import eventually

from .conftest import JSONObject, Result, Site, load_balancer, pool

# At most 500.
_MANY = int(os.environ.get("HOMELAB_SERVICES", "200"))

pytestmark = pytest.mark.long

WHOAMI, ECHO, JELLYFIN = "default/whoami", "default/echo", "media/jellyfin"
PIN, MARK, SHARE = "metallb.io/loadBalancerIPs", "homelab.network/pin", "metallb.io/allow-shared-ip"
OLD_PIN, OLD_SHARE = "metallb.universe.tf/loadBalancerIPs", "metallb.universe.tf/allow-shared-ip"
ADDRESS, OTHER = "192.168.50.66", "192.168.50.67"


@pytest.fixture
def lan(site: Site) -> t.Iterator[Site]:
    """A cluster with a pool of which each Service has an address."""
    site.pools(pool("lan", "192.168.50.60-192.168.50.69"))
    for key in (WHOAMI, ECHO, JELLYFIN):
        eventually(lambda key=key: site.address(key))
    yield site
    for key in (ECHO, JELLYFIN):
        site.annotate(key, f"{OLD_SHARE}-")
    in_specification(site, None)


def in_specification(site: Site, address: str | None) -> None:
    """Have the Service whoami ask by its spec.loadBalancerIP."""
    patch = json.dumps({"spec": {"loadBalancerIP": address}})
    site.kubectl("patch", "service", "whoami", "--type=merge", f"--patch={patch}")


def seen(site: Site, key: str) -> JSONObject:
    """All that a Service asks by."""
    found = {**site.annotations(key), "spec.loadBalancerIP": site.service(key)["spec"].get("loadBalancerIP")}
    return {name: value for name, value in found.items() if value}


def row(result: Result, key: str = WHOAMI) -> JSONObject:
    """What a result says about one Service."""
    return next(item for item in result["services"] if item["service"] == key)


class Watch:
    """All addresses that a Service has had from entering to leaving, as the API server tells it of each change."""

    def __init__(self, site: Site, key: str) -> None:
        namespace, _slash, name = key.partition("/")
        self._path = f"/api/v1/namespaces/{namespace}/services?fieldSelector=metadata.name={name}"
        self._api = site.lab.cluster.client()
        self.seen: list[list[str]] = []

    def __enter__(self) -> t.Self:
        self._version = self._api.get(self._path)["metadata"]["resourceVersion"]
        return self

    def __exit__(self, *_error: object) -> None:
        path = f"{self._path}&watch=true&timeoutSeconds=1&resourceVersion={self._version}"
        _status, body = self._api.request("GET", path)
        objects = [json.loads(line)["object"] for line in body.splitlines()]
        self.seen = [[i["ip"] for i in item["status"]["loadBalancer"].get("ingress", [])] for item in objects]


def test_a_request_in_the_specification(lan: Site) -> None:
    wanted = {WHOAMI: ADDRESS}
    predicted = lan.addresses(wanted, method="load_balancer_ip", check=True)
    done = lan.addresses(wanted, method="load_balancer_ip")
    assert (done["diff"], done["services"]) == (predicted["diff"], predicted["services"])
    assert done["diff"]["after"] == {f"Service/{WHOAMI}": {"spec.loadBalancerIP": ADDRESS, MARK: ADDRESS}}
    assert (seen(lan, WHOAMI), lan.address(WHOAMI)) == ({"spec.loadBalancerIP": ADDRESS, MARK: ADDRESS}, ADDRESS)
    assert lan.addresses(wanted, method="load_balancer_ip")["changed"] is False
    with Watch(lan, WHOAMI) as watch:
        assert lan.addresses(wanted)["changed"] is True
    assert seen(lan, WHOAMI) == {PIN: ADDRESS, MARK: ADDRESS}
    assert [item for item in watch.seen if item != [ADDRESS]] == []
    assert watch.seen
    lan.addresses(wanted, method="load_balancer_ip")
    assert lan.addresses({WHOAMI: ""})["diff"]["before"] == {
        f"Service/{WHOAMI}": {"spec.loadBalancerIP": ADDRESS, MARK: ADDRESS}
    }
    assert (seen(lan, WHOAMI), lan.address(WHOAMI)) == ({}, ADDRESS)


def test_a_request_in_the_specification_that_was_altered_by_hand(lan: Site) -> None:
    for method, asks in (("load_balancer_ip", "spec.loadBalancerIP"), ("auto", PIN)):
        lan.addresses({WHOAMI: ADDRESS}, method="load_balancer_ip")
        in_specification(lan, OTHER)
        assert lan.addresses({WHOAMI: ADDRESS}, method=method)["changed"] is True
        assert (seen(lan, WHOAMI), lan.address(WHOAMI)) == ({asks: ADDRESS, MARK: ADDRESS}, ADDRESS)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("old", [OLD_PIN, "spec.loadBalancerIP"])
def test_an_old_spelling_gives_way_without_the_address_being_lost(lan: Site, old: str, keep: bool) -> None:
    if old == OLD_PIN:
        lan.annotate(WHOAMI, f"{OLD_PIN}={ADDRESS}")
    else:
        in_specification(lan, ADDRESS)
    eventually(lambda: lan.address(WHOAMI) == ADDRESS)
    items = [{"service": WHOAMI, "keep": True} if keep else {"service": WHOAMI, "addresses": [ADDRESS]}]
    where = f"annotation {old}" if old == OLD_PIN else old

    respected = lan.run("lb_address", services=items)
    assert (respected["changed"], seen(lan, WHOAMI)) == (False, {old: ADDRESS})
    assert (row(respected)["pinned_by"], len(row(respected)["written_by"])) == (where, 1)
    told = f"Old spellings are in use, and are left as they are: {WHOAMI} ({where}). The option migrate rewrites them."
    assert (told in respected.text, len(respected["warnings"])) == (True, 1)

    predicted = lan.run("lb_address", services=items, migrate=True, check=True)
    with Watch(lan, WHOAMI) as watch:
        done = lan.run("lb_address", services=items, migrate=True)
    assert (done["diff"], done["services"]) == (predicted["diff"], predicted["services"])
    assert done["diff"] == {
        "before": {f"Service/{WHOAMI}": {old: ADDRESS}},
        "after": {f"Service/{WHOAMI}": {PIN: ADDRESS, MARK: ADDRESS}},
    }
    assert (row(done)["status"], row(done)["pinned_by"], done.get("warnings")) == ("assigned", "homelab.network", None)
    assert seen(lan, WHOAMI) == {PIN: ADDRESS, MARK: ADDRESS}
    assert watch.seen
    assert [item for item in watch.seen if item != [ADDRESS]] == []
    assert lan.run("lb_address", services=items, migrate=True)["changed"] is False


def test_an_old_sharing_key_gives_way_as_well(lan: Site) -> None:
    for key in (ECHO, JELLYFIN):
        lan.annotate(key, f"{OLD_SHARE}=mine", f"{OLD_PIN}={ADDRESS}")
    for key in (ECHO, JELLYFIN):
        eventually(lambda key=key: lan.address(key) == ADDRESS)
    wanted = {ECHO: ADDRESS, JELLYFIN: ADDRESS}
    with Watch(lan, ECHO) as one, Watch(lan, JELLYFIN) as other:
        lan.addresses(wanted, migrate=True)
    for key in (ECHO, JELLYFIN):
        annotations = lan.service(key)["metadata"]["annotations"]
        assert {OLD_SHARE, OLD_PIN} & set(annotations) == set()
        assert annotations[SHARE] == "mine"
    assert [item for watch in (one, other) for item in watch.seen if item != [ADDRESS]] == []
    assert lan.addresses(wanted, migrate=True)["changed"] is False


def test_udp_and_tcp_on_one_address(lan: Site) -> None:
    ports = {name: [{"name": name, "protocol": name.upper(), "port": 53}] for name in ("udp", "tcp")}
    lan.apply(*(load_balancer(f"dns-{name}", ports=found) for name, found in ports.items()))
    wanted = {"default/dns-udp": ADDRESS, "default/dns-tcp": ADDRESS}
    lan.addresses(wanted)
    assert (lan.address("default/dns-udp"), lan.address("default/dns-tcp")) == (ADDRESS, ADDRESS)
    assert lan.addresses(wanted)["changed"] is False


def server_side(site: Site, manager: str, annotations: dict[str, str], *options: str) -> None:
    """Have another tool apply annotations to the Service whoami."""
    meta = {"name": "whoami", "namespace": "default", "annotations": annotations}
    obj = {"apiVersion": "v1", "kind": "Service", "metadata": meta}
    arguments = ["apply", "--server-side", f"--field-manager={manager}", *options, "-f", "-"]
    site.kubectl(*arguments, input=json.dumps(obj))


def test_what_argo_cd_writes_is_reported_and_respected(lan: Site) -> None:
    server_side(lan, "argocd-controller", {PIN: ADDRESS})
    eventually(lambda: lan.address(WHOAMI) == ADDRESS)
    try:
        respected = lan.addresses({WHOAMI: ADDRESS})
        assert (respected["changed"], row(respected)["written_by"]) == (False, ["argocd-controller"])
        refused = lan.addresses({WHOAMI: OTHER}, fails=True)["msg"]
        assert f"by its own annotation {PIN}" in refused
        assert "Remove that request (argocd-controller wrote it), or want the same address." in refused
    finally:
        server_side(lan, "argocd-controller", {})


def test_gitops_that_writes_over_ours_is_not_fought(lan: Site) -> None:
    lan.addresses({WHOAMI: ADDRESS})
    server_side(lan, "kustomize-controller", {PIN: OTHER}, "--force-conflicts")
    try:
        for check in (True, False):
            refused = lan.addresses({WHOAMI: ADDRESS}, check=check, fails=True)["msg"]
            assert f"where flux (kustomize-controller) wrote {OTHER}. Have that changed there" in refused
        assert lan.annotations(WHOAMI)[PIN] == OTHER
    finally:
        server_side(lan, "kustomize-controller", {})


def test_helm_that_writes_over_ours_is_taken_back(lan: Site) -> None:
    lan.addresses({WHOAMI: ADDRESS})
    server_side(lan, "helm", {PIN: OTHER}, "--force-conflicts")
    done = lan.addresses({WHOAMI: ADDRESS})
    assert (done["changed"], row(done)["written_by"]) == (True, ["homelab.network"])
    assert lan.annotations(WHOAMI) == {PIN: ADDRESS, MARK: ADDRESS}


def test_many_services_in_one_task(lan: Site) -> None:
    lan.pools(pool("many", "192.168.60.1-192.168.61.254"))
    names = [f"many-{number}" for number in range(_MANY)]
    lan.apply(*(load_balancer(name) for name in names))
    wanted = {f"default/{name}": f"192.168.{60 + n // 250}.{n % 250 + 1}" for n, name in enumerate(names)}
    eventually(lambda: all(lan.address(key) for key in list(wanted)[-3:]), seconds=180)
    first = lan.addresses(wanted, wait_timeout=300)
    assert len(first["diff"]["after"]) == len(names)
    assert {item["status"] for item in first["services"]} <= {"assigned", "moved"}
    again = lan.addresses(wanted)
    assert again["changed"] is False
    print(f"{len(names)} Services: {first.seconds:.1f} s, unchanged {again.seconds:.1f} s")
    # So many at once would take the reset before the next test too long.
    lan.kubectl("delete", "services", "--namespace=default", "--selector=test", "--wait=false")
