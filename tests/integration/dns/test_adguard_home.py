# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User rules and forwarding of a real AdGuard Home."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import typing as t

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import dns.rrset
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._adguard_home import AdGuardHome
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change

from tests.integration.waiting import eventually

from .adguard import AdGuard
from .conftest import Runner, records
from .server import free_port

MARK = "! homelab.network owner=homelab.network name={} type={}"
REVERSE = "1.168.192.in-addr.arpa"
# A server of its own for each process: a zone is forwarded to an address, and that means its port 53.
LAB = f"127.53.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"


def record_set(name: str, rtype: str, *values: str) -> dict[str, t.Any]:
    return {"name": name, "type": rtype, "values": list(values)}


@contextlib.contextmanager
def upstream(address: str, port: int, answer: str) -> t.Iterator[None]:
    """A DNS server that answers every question for TXT and PTR with one text or name."""
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        try:
            server.bind((address, port))
        except PermissionError:
            pytest.skip(f"port {port} is not for this user")

        def serve() -> None:
            while True:
                data, peer = server.recvfrom(4096)
                if not data:
                    return
                question = dns.message.from_wire(data)
                reply = dns.message.make_response(question)
                reply.flags |= dns.flags.RA
                name, rtype = question.question[0].name, question.question[0].rdtype
                if rtype in (dns.rdatatype.TXT, dns.rdatatype.PTR):
                    reply.answer = [dns.rrset.from_text(name, 60, "IN", rtype, answer)]
                server.sendto(reply.to_wire(), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            with socket.socket(type=socket.SOCK_DGRAM) as end:
                end.sendto(b"", (address, port))
            thread.join()


@pytest.fixture
def forwarded(adguard: AdGuard) -> t.Iterator[AdGuard]:
    """A server whose settings are put back, and which asks one that answers `general` by default."""
    info = adguard.call("GET", "dns_info")
    keep = {key: info[key] for key in ("upstream_dns", "local_ptr_upstreams", "use_private_ptr_resolvers")}
    port = free_port()
    with upstream("127.0.0.1", port, "general."), upstream(LAB, 53, "lab."):
        adguard.call("POST", "dns_config", {"upstream_dns": ["# mine", f"127.0.0.1:{port}"], "cache_size": 0})
        yield adguard
    adguard.call("POST", "dns_config", keep)


TEXTS = ("v=DMARC1; p=none", "a,b", "$5 and $6", "##", "c:\\temp\\", "grün", '""', '" both "', "x" * 255, "#@#|^*")


def test_every_text_is_answered(adguard: AdGuard, run: Runner) -> None:
    run.record(*(record_set(f"t{number}.home.arpa", "TXT", text) for number, text in enumerate(TEXTS)))
    for number, text in enumerate(TEXTS):
        canonical = text.strip('"') if text == '" both "' else text
        assert adguard.ask(f"t{number}.home.arpa", "TXT") == [canonical], adguard.rules[number]
    assert run.record(record_set("t1.home.arpa", "TXT", "a,b"))["changed"] is False


def test_other_types(adguard: AdGuard, run: Runner) -> None:
    adguard.rules = ["||ads.test^", "! mine"]
    wanted = [
        record_set("home.arpa", "MX", "10 mail.home.arpa", "20 mail2.home.arpa"),
        record_set("_imap._tcp.home.arpa", "SRV", "0 5 143 mail.home.arpa"),
        record_set("_pop3._tcp.home.arpa", "SRV", "0 0 0 ."),
        record_set("5.2.0.192.in-addr.arpa", "PTR", "nas.home.arpa"),
        record_set("web.home.arpa", "HTTPS", "1 . alpn=h2 no-default-alpn port=8443 ipv4hint=192.0.2.1"),
        record_set("_dns.home.arpa", "SVCB", "1 dns.home.arpa alpn=dot"),
    ]
    run.record(*wanted)
    for item in wanted:
        assert sorted(adguard.ask(item["name"], item["type"])) == [
            value.replace("alpn=h2 no-default-alpn", "alpn=h2 no-default-alpn") for value in sorted(item["values"])
        ]
    before = adguard.config.read_bytes()
    assert run.record(*wanted, state="exact")["changed"] is False
    assert adguard.config.read_bytes() == before
    run.record(state="exact", allow_empty=True)
    assert adguard.rules == ["||ads.test^", "! mine"]


def test_a_rule_leaves_other_types_to_the_upstream_servers(forwarded: AdGuard, run: Runner) -> None:
    run.record(record_set("a.home.arpa", "MX", "10 m.home.arpa"))
    assert forwarded.ask("a.home.arpa", "MX") == ["10 m.home.arpa"]
    assert forwarded.ask("a.home.arpa", "TXT") == ["general."]


def test_what_rules_cannot_say_is_refused(run: Runner) -> None:
    result = run.record(
        record_set("a.home.arpa", "TXT", "x" * 256),
        record_set("b.home.arpa", "HTTPS", "1 . alpn=h2,h3"),
        record_set("*.home.arpa", "TXT", "x"),
        record_set("c.home.arpa", "CAA", '0 issue "example.org"'),
        fails=True,
    )
    assert len(result["problems"]) == 4


@pytest.mark.parametrize("hider", ["a.home.arpa A 192.0.2.1", "*.home.arpa A 192.0.2.1", "*.arpa CNAME x.example.org"])
def test_what_a_rewrite_would_hide_is_refused(adguard: AdGuard, run: Runner, hider: str) -> None:
    text = record_set("a.home.arpa", "TXT", "hello")
    assert "it would not be answered" in run.record(text, *records(hider), fails=True)["msg"]
    run.record(*records(hider))
    assert "it would not be answered" in run.record(text, fails=True)["msg"]
    # The server does as the refusal says.
    adguard.rules = ["|a.home.arpa^$dnsrewrite=NOERROR;TXT;hello"]
    with contextlib.suppress(dns.query.BadResponse):  # The upstream servers do not know the target of the alias either.
        assert adguard.ask("a.home.arpa", "TXT") == []
    assert any("a.home.arpa TXT: not answered, because" in caution for caution in run.info()["cautions"])


def test_a_rewrite_that_would_hide_a_rule_is_refused(adguard: AdGuard, run: Runner) -> None:
    adguard.rules = ["|a.home.arpa^$dnsrewrite=NOERROR;TXT;hello"]
    assert "a.home.arpa TXT: it would not be" in run.record(*records("*.home.arpa A 192.0.2.1"), fails=True)["msg"]


def test_rules_of_another_tool_are_seen_and_respected(adguard: AdGuard, run: Runner) -> None:
    theirs = [
        "|app.home.arpa^$dnsrewrite=NOERROR;A;192.0.2.1",
        '|a-app.home.arpa^$dnsrewrite=NOERROR;TXT;"heritage=external-dns,external-dns/owner=k3s,external-dns/resource=x"',
    ]
    adguard.rules = theirs
    eventually(lambda: adguard.ask("app.home.arpa") == ["192.0.2.1"])
    message = run.record(*records("app.home.arpa A 192.0.2.2"), on_foreign="take_over", fails=True)["msg"]
    assert "ExternalDNS with the owner id 'k3s' has claimed it" in message
    run.record(*records("b.home.arpa A 192.0.2.2"), record_set("c.home.arpa", "TXT", "x"), state="exact")
    assert adguard.rules[:2] == theirs
    # The other tool sorts its own rules to the end, and cuts what it takes for its own flags.
    ours = [line for line in adguard.rules if "c.home.arpa^" in line]
    adguard.rules = [line for line in adguard.rules if line not in ours] + [ours[0].rpartition(",")[0] + ",important"]
    assert adguard.ask("c.home.arpa", "TXT") == ["x"]
    assert run.record(record_set("c.home.arpa", "TXT", "x"))["changed"] is False


def test_a_long_text_of_another_tool_can_be_read(adguard: AdGuard, run: Runner) -> None:
    rule = f"|x.home.arpa^$dnsrewrite=NOERROR;TXT;{'x' * 300}"
    adguard.rules = [rule]
    assert run.record(*records("a.home.arpa A 192.0.2.1"))["changed"]
    assert [item["value"] for item in run.info(names=["x.home.arpa"])["records"]] == [["x" * 300]]
    assert rule in adguard.rules


def test_what_another_writer_changed_meanwhile_is_planned_upon(
    adguard: AdGuard, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2"))
    write = AdGuardHome.write

    def late(self: AdGuardHome, changes: t.Sequence[Change]) -> None:
        monkeypatch.setattr(AdGuardHome, "write", write)
        adguard.call("POST", "rewrite/delete", {"domain": "b.home.arpa", "answer": "192.0.2.2"})
        write(self, changes)

    monkeypatch.setattr(AdGuardHome, "write", late)
    result = run.record(*records("a.home.arpa A 192.0.2.3", "b.home.arpa A 192.0.2.4"))
    assert [item["name"] for item in result["changes"]] == ["a.home.arpa", "b.home.arpa"]
    assert (adguard.ask("a.home.arpa"), adguard.ask("b.home.arpa")) == (["192.0.2.3"], ["192.0.2.4"])


@pytest.mark.parametrize(
    ("theirs", "hider"),
    [
        ("x.apps.home.arpa A 192.0.2.9", "*.apps.home.arpa A 192.0.2.1"),
        ("x.apps.home.arpa AAAA 2001:db8::9", "*.home.arpa A 192.0.2.1"),
        ("nas.home.arpa AAAA 2001:db8::9", "nas.home.arpa A 192.0.2.1"),
    ],
)
def test_a_rewrite_that_would_hide_a_rule_for_an_address_is_refused(
    adguard: AdGuard, run: Runner, theirs: str, hider: str
) -> None:
    name, rtype, value = theirs.split()
    adguard.rules = [f"|{name}^$dnsrewrite=NOERROR;{rtype};{value}"]
    eventually(lambda: adguard.ask(name, rtype) == [value])
    for check in (True, False):
        message = run.record(*records(hider), check=check, fails=True)["msg"]
        by = hider.rpartition(" ")[0]
        assert f"{name} {rtype}: it would not be answered, because this server ends its search at {by}" in message
    # What is right already is not taken over, and would be hidden by the same task.
    assert "it would not be answered" in run.record(*records(hider, theirs), fails=True)["msg"]
    assert adguard.ask(name, rtype) == [value]
    # The server does as the refusal says.
    adguard.by_hand(*hider.split())
    assert adguard.ask(name, rtype) != [value]


def test_rules_that_are_taken_over_may_be_hidden(adguard: AdGuard, run: Runner) -> None:
    adguard.rules = ["|x.apps.home.arpa^$dnsrewrite=192.0.2.9", "|y.home.arpa^$dnsrewrite=192.0.2.8"]
    wanted = records("*.apps.home.arpa A 192.0.2.1", "x.apps.home.arpa A 192.0.2.9")
    result = run.record(*wanted, on_foreign="take_over")
    assert [change["action"] for change in result["changes"]] == ["create", "take_over"]
    assert (adguard.ask("x.apps.home.arpa"), adguard.ask("y.apps.home.arpa")) == (["192.0.2.9"], ["192.0.2.1"])
    assert [line for line in adguard.rules if "dnsrewrite" in line] == ["|y.home.arpa^$dnsrewrite=192.0.2.8"]


def test_a_rule_beneath_a_rewrite_of_ours_is_kept(adguard: AdGuard, run: Runner) -> None:
    run.record(*records("nas.home.arpa A 192.0.2.1"))
    theirs = ["||ads.test^", "|nas.home.arpa^$dnsrewrite=192.0.2.9"]
    adguard.rules = [*theirs, *adguard.rules]
    for address in ("192.0.2.1", "192.0.2.2"):
        run.record(*records(f"nas.home.arpa A {address}"), state="exact", on_foreign="take_over")
        assert adguard.ask("nas.home.arpa") == [address]
        assert adguard.rules == [*theirs, MARK.format("nas.home.arpa", "A")]
    result = run.record(*records("nas.home.arpa A"), state="absent")
    assert [(item["before"], item["after"]) for item in result["changes"]] == [(["192.0.2.2"], [])]
    assert (adguard.rewrites, adguard.rules) == ([], theirs)
    # It answers now, and is what a rule of somebody else is to every task.
    assert adguard.ask("nas.home.arpa") == ["192.0.2.9"]
    assert run.record(state="exact", allow_empty=True)["changed"] is False
    assert "was not made by" in run.record(*records("nas.home.arpa A"), state="absent", fails=True)["msg"]
    run.record(*records("nas.home.arpa A"), state="absent", on_foreign="take_over")
    assert adguard.rules == theirs[:1]


def test_a_mark_does_not_claim_a_rule_for_an_address(adguard: AdGuard, run: Runner) -> None:
    """As after a removal that was killed before it took out the mark."""
    theirs = "|nas.home.arpa^$dnsrewrite=192.0.2.9"
    adguard.rules = [theirs, MARK.format("nas.home.arpa", "A")]
    for options in ({"state": "absent"}, {"state": "present"}):
        message = run.record(*records("nas.home.arpa A 192.0.2.9 192.0.2.1"), **options, fails=True)["msg"]
        assert "nas.home.arpa A 192.0.2.9 was not made by" in message
    assert run.record(state="exact", allow_empty=True)["changed"] is False
    assert theirs in adguard.rules
    run.record(*records("nas.home.arpa A"), state="absent", on_foreign="take_over")
    assert adguard.rules == []


def test_a_rule_for_an_address_below_a_wildcard_is_not_served(adguard: AdGuard, run: Runner) -> None:
    adguard.rules = ["|x.home.arpa^$dnsrewrite=NOERROR;A;192.0.2.1"]
    assert [(item["name"], item["value"]) for item in run.info()["records"]] == [("x.home.arpa", ["192.0.2.1"])]
    adguard.by_hand("*.home.arpa", "A", "192.0.2.9")
    assert adguard.ask("x.home.arpa") == ["192.0.2.9"]
    assert [item["value"] for item in run.info(names=["x.home.arpa"])["records"]] == [[]]
    assert (
        "x.home.arpa A (not served) was not made" in run.record(*records("x.home.arpa A 192.0.2.1"), fails=True)["msg"]
    )
    # What is hidden already is not hidden by the task.
    assert run.record(*records("*.home.arpa A 192.0.2.8", "x.home.arpa AAAA 2001:db8::1"), on_foreign="take_over")
    run.record(*records("x.home.arpa A 192.0.2.1"), on_foreign="take_over")
    assert adguard.ask("x.home.arpa") == ["192.0.2.1"]
    assert [line for line in adguard.rules if "dnsrewrite" in line] == []


def test_zones_are_forwarded(forwarded: AdGuard, run: Runner) -> None:
    lines = forwarded.call("GET", "dns_info")["upstream_dns"]
    wanted = [record_set("lab.home.arpa", "FWD", LAB), record_set(REVERSE, "FWD", LAB)]
    assert run.record(*wanted, check=True)["changed"]
    assert forwarded.call("GET", "dns_info")["upstream_dns"] == lines
    assert forwarded.ask(f"9.{REVERSE}", "PTR") == []
    run.record(*wanted)
    assert forwarded.call("GET", "dns_info")["upstream_dns"] == [*lines, f"[/lab.home.arpa/]{LAB}"]
    assert forwarded.ask("lab.home.arpa", "TXT") == forwarded.ask("x.lab.home.arpa", "TXT") == ["lab."]
    assert forwarded.ask("home.arpa", "TXT") == ["general."]
    assert forwarded.ask(f"9.{REVERSE}", "PTR") == ["lab"]
    assert {MARK.format("lab.home.arpa", "FWD"), MARK.format(REVERSE, "FWD")} == set(forwarded.rules)
    before = forwarded.config.read_bytes()
    assert run.record(*wanted, state="exact")["changed"] is False
    assert forwarded.config.read_bytes() == before
    run.record(state="exact", allow_empty=True)
    info = forwarded.call("GET", "dns_info")
    assert (info["upstream_dns"], info["local_ptr_upstreams"]) == (lines, [])
    assert (info["use_private_ptr_resolvers"], forwarded.rules) == (False, [])


def test_a_wildcard_over_a_forwarded_zone_is_refused_and_told(forwarded: AdGuard, run: Runner) -> None:
    lab = record_set("lab.home.arpa", "FWD", LAB)
    assert "lab.home.arpa FWD: " in run.record(lab, *records("*.home.arpa A 192.0.2.1"), fails=True)["msg"]
    run.record(lab)
    forwarded.by_hand("*.home.arpa", "A", "192.0.2.1")
    assert forwarded.ask("x.lab.home.arpa", "TXT") == []
    assert any("lab.home.arpa FWD: no name is forwarded" in caution for caution in run.info()["cautions"])


def test_several_values_of_a_wildcard_can_be_removed(adguard: AdGuard, run: Runner) -> None:
    adguard.by_hand("*.home.arpa", "A", "192.0.2.1", "192.0.2.2", "192.0.2.3")
    gone = records("*.home.arpa A 192.0.2.1 192.0.2.2")
    run.record(*gone, state="absent", on_foreign="take_over")
    assert adguard.ask("x.home.arpa") == ["192.0.2.3"]
    assert "it answers a wildcard with one value, not 2" in run.record(*gone, fails=True)["msg"]
