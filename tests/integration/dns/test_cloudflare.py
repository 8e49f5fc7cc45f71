# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is special about Cloudflare, against a fake of it."""

from __future__ import annotations

import json
import typing as t

import pytest

from .conftest import Runner, records
from .fake_cloudflare import PROXY, TOKEN, FakeCloudflare

MARK = "homelab.network owner=homelab.network"


@pytest.fixture
def cloudflare() -> t.Iterator[FakeCloudflare]:
    """A fake with empty zones."""
    server = FakeCloudflare()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def run(cloudflare: FakeCloudflare) -> Runner:
    """Runs modules against it."""
    return Runner(cloudflare)


def batches(server: FakeCloudflare) -> list[dict[str, t.Any]]:
    """The bodies of the batches so far."""
    return [json.loads(item.body) for item in server.requests if item.path.endswith("/batch")]


def many(count: int, zone: str = "home.arpa") -> list[dict[str, t.Any]]:
    """Record sets of one value each."""
    return records(*(f"n{number}.{zone} A 192.0.2.{number % 250 + 1}" for number in range(count)))


def test_each_zone_is_read_once_and_written_in_one_batch(cloudflare: FakeCloudflare, run: Runner) -> None:
    wanted = [*many(30), *many(20, "example.org")]
    run.record(*wanted)
    assert len(batches(cloudflare)) == len(cloudflare.calls()) - 2 * (1 + 2) == 2
    assert sorted(len(batch["posts"]) for batch in batches(cloudflare)) == [20, 30]
    before = len(cloudflare.calls())
    assert run.record(*wanted, state="exact")["changed"] is False
    # The name servers of a zone are not in the way of `exact`, which reads the third one, too.
    assert len(cloudflare.calls()) - before == 1 + 3
    assert len(cloudflare.held("home.arpa", "NS")) == 2


def test_only_the_zones_of_the_names_are_read(cloudflare: FakeCloudflare, run: Runner) -> None:
    run.record(*many(1), check=True)
    assert len(cloudflare.calls("GET")) == 2
    assert run.info(zone="example.org")["zones"] == ["example.org"]


def test_a_zone_within_another_answers_for_its_names(cloudflare: FakeCloudflare, run: Runner) -> None:
    record = cloudflare.make(name="a.lab.home.arpa", type="A", content="192.0.2.9", ttl=1)
    cloudflare.extra_zones = ["lab.home.arpa"]
    run.record(*records("a.lab.home.arpa A 192.0.2.1", "a.home.arpa A 192.0.2.1"))
    assert run.info()["records"][1]["value"] == ["192.0.2.1"]
    assert cloudflare.records[record["id"]]["content"] == "192.0.2.9"
    assert sorted(item["zone"] for item in cloudflare.held("a.lab.home.arpa", "A")) == ["home.arpa", "lab.home.arpa"]


def test_everything_is_read_page_by_page(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.extra_zones = [f"z{number}.example" for number in range(7)]
    cloudflare.largest_page = 4
    wanted = [*many(11), *records("a.z6.example A 192.0.2.1")]
    run.record(*wanted)
    assert run.record(*wanted, state="exact")["changed"] is False
    assert len(run.info()["records"]) == 12


@pytest.mark.parametrize(("plan", "sizes"), [("free", [200, 50]), ("pro", [250])])
def test_a_batch_is_as_large_as_the_plan_allows(
    cloudflare: FakeCloudflare, run: Runner, plan: str, sizes: list[int]
) -> None:
    cloudflare.plan = plan
    run.record(*many(250))
    assert [len(batch["posts"]) for batch in batches(cloudflare)] == sizes


def test_a_name_is_not_torn_apart_by_the_limit(cloudflare: FakeCloudflare, run: Runner) -> None:
    run.record(*records("zz.home.arpa A 192.0.2.1 192.0.2.2"))
    swap = records("zz.home.arpa CNAME n1.home.arpa")
    run.record(*many(199), *swap, state="exact")
    assert [sorted(batch) for batch in batches(cloudflare)[1:]] == [["posts"], ["deletes", "posts"]]


def test_what_others_gave_a_record_stays(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.plan = "pro"
    record = cloudflare.make(
        name="a.home.arpa", type="A", content="192.0.2.1", ttl=1, proxied=True, comment="the blog", tags=["team:web"]
    )
    result = run.record(*records("a.home.arpa A 192.0.2.2"), on_foreign="take_over")
    assert result["changes"][0]["action"] == "take_over"
    found = cloudflare.held("a.home.arpa", "A")
    assert found == [{**record, "content": "192.0.2.2", "comment": f"{MARK} the blog"}]
    run.record(*records("a.home.arpa A 192.0.2.3"))
    assert cloudflare.held("a.home.arpa", "A") == [{**found[0], "content": "192.0.2.3"}]
    assert [sorted(batch["patches"][0]) for batch in batches(cloudflare)] == [
        ["comment", "content", "id", "name", "ttl", "type"],
        ["content", "id", "name", "ttl", "type"],
    ]


def test_a_comment_that_gets_too_long_is_refused(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.make(name="a.home.arpa", type="A", content="192.0.2.1", ttl=1, comment="x" * 70)
    wanted = [*records("a.home.arpa A 192.0.2.1"), *many(3)]
    for check in (True, False):
        message = run.record(*wanted, on_foreign="take_over", check=check, fails=True)["msg"]
        assert "a.home.arpa A: its comment would have 108 characters" in message
        assert "allows 100" in message
    assert cloudflare.writes() == 0
    cloudflare.plan = "pro"
    assert run.record(*wanted, on_foreign="take_over")["changed"]


def test_ttls(cloudflare: FakeCloudflare, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1"))
    assert cloudflare.held("a.home.arpa", "A")[0]["ttl"] == 1
    wanted = records("a.home.arpa A 192.0.2.1")[0]
    for ttl in (30, 86401):
        assert f"the TTL {ttl} is neither 1" in run.record({**wanted, "ttl": ttl}, fails=True)["msg"]
    assert run.record({**wanted, "ttl": 60})["changed"]
    assert run.record({**wanted, "ttl": 1})["changed"]
    assert run.record({**wanted, "ttl": 1})["changed"] is False


def test_the_proxy_is_left_to_the_user(cloudflare: FakeCloudflare, run: Runner) -> None:
    run.record(*records("a.home.arpa A 203.0.113.1"))
    cloudflare.held("a.home.arpa", "A")[0]["proxied"] = True
    assert run.record(*records("a.home.arpa A 203.0.113.1"), state="exact")["changed"] is False
    # Another address of the same set takes the same way.
    run.record(*records("a.home.arpa A 203.0.113.1 203.0.113.2"))
    assert [item["proxied"] for item in cloudflare.held("a.home.arpa", "A")] == [True, True]
    assert cloudflare.ask("a.home.arpa") == PROXY
    message = run.record({**records("a.home.arpa A 203.0.113.1")[0], "ttl": 300}, fails=True)["msg"]
    assert "it goes through Cloudflare's proxy, where the TTL is automatic (1), not 300" in message


def test_an_alias_at_the_top_has_mail_beside_it(run: Runner) -> None:
    wanted = [
        {"name": "home.arpa", "type": "CNAME", "value": "6f0c.cfargotunnel.com"},
        {"name": "home.arpa", "type": "MX", "value": "10 mail.example.net"},
    ]
    assert len(run.record(*wanted)["changes"]) == 2
    assert run.record(*wanted, state="exact")["changed"] is False
    assert "a CNAME stands beside A" in run.record(*wanted, *records("home.arpa A 192.0.2.1"), fails=True)["msg"]


def test_a_name_of_a_tunnel_goes_through_the_proxy(cloudflare: FakeCloudflare, run: Runner) -> None:
    tunnel, other = "6f0c.cfargotunnel.com", "7a1d.cfargotunnel.com"
    run.record(*records(f"a.home.arpa CNAME {tunnel}", "b.home.arpa CNAME n1.home.arpa"))
    assert [cloudflare.held(f"{name}.home.arpa", "CNAME")[0]["proxied"] for name in "ab"] == [True, False]
    assert run.record(*records(f"a.home.arpa CNAME {tunnel}"))["changed"] is False
    # Also where a name comes to lead to it.
    run.record(*records(f"b.home.arpa CNAME {other}"))
    assert cloudflare.held("b.home.arpa", "CNAME")[0]["proxied"] is True
    # Whoever has taken the proxy off had a reason.
    cloudflare.held("b.home.arpa", "CNAME")[0]["proxied"] = False
    assert run.record(*records(f"b.home.arpa CNAME {other}"))["changed"] is False
    run.record({**records(f"b.home.arpa CNAME {other}")[0], "ttl": 300})
    assert cloudflare.held("b.home.arpa", "CNAME")[0]["proxied"] is False


def test_what_the_server_refuses_is_told_with_its_reason(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.make(name="a.home.arpa", type="A", content="203.0.113.1", ttl=1, proxied=True)
    wanted = records("a.home.arpa A 192.168.1.1", "b.home.arpa A 192.168.1.2")
    message = run.record(*wanted, on_foreign="take_over", fails=True)["msg"]
    assert "refused with 400: DNS Validation Error (1004); Target 192.168.1.1 is not allowed" in message
    assert "(9003)" in message
    assert cloudflare.held("b.home.arpa", "A") == []


def test_a_failure_after_the_first_batch_says_what_is_done(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.make(name="zz.home.arpa", type="A", content="203.0.113.1", ttl=1, proxied=True)
    wanted = [*many(200), *records("zz.home.arpa A 192.168.1.1")]
    message = run.record(*wanted, on_foreign="take_over", fails=True)["msg"]
    assert "200 record sets were written before that; run again to write the rest" in message


@pytest.mark.parametrize("content", ["v=spf1 -all", '"v=spf1 -all"', '"v=spf1" " -all"'])
def test_a_text_is_the_same_with_and_without_quotes(cloudflare: FakeCloudflare, run: Runner, content: str) -> None:
    cloudflare.make(name="a.home.arpa", type="TXT", content=content, ttl=1)
    wanted = {"name": "a.home.arpa", "type": "TXT", "value": "v=spf1 -all"}
    if content.count('"') == 4:
        assert 'a.home.arpa TXT 1 "v=spf1" " -all" was not made' in run.record(wanted, fails=True)["msg"]
    else:
        assert [item["name"] for item in run.record(wanted)["foreign"]] == ["a.home.arpa"]
    assert cloudflare.writes() == 0


def test_the_shapes_of_the_api(cloudflare: FakeCloudflare, run: Runner) -> None:
    values = {
        "CAA": '0 issue "ca.example.org"',
        "HTTPS": "1 . alpn=h2,h3 port=8443",
        "MX": "10 mail.home.arpa",
        "SRV": "0 5 5060 sip.home.arpa",
        "SVCB": "0 other.home.arpa",
        "TXT": "x" * 256,
    }
    run.record(*({"name": "a.home.arpa", "type": rtype, "value": value} for rtype, value in values.items()))
    posts = {item.pop("type"): item for item in batches(cloudflare)[0]["posts"]}
    common = {"name": "a.home.arpa", "ttl": 1, "comment": MARK}
    assert posts == {
        "CAA": {**common, "data": {"flags": 0, "tag": "issue", "value": "ca.example.org"}},
        "HTTPS": {**common, "data": {"priority": 1, "target": ".", "value": "alpn=h2,h3 port=8443"}},
        "MX": {**common, "priority": 10, "content": "mail.home.arpa"},
        "SRV": {**common, "data": {"priority": 0, "weight": 5, "port": 5060, "target": "sip.home.arpa"}},
        "SVCB": {**common, "data": {"priority": 0, "target": "other.home.arpa", "value": ""}},
        "TXT": {**common, "content": f'"{"x" * 255}" "x"'},
    }
    assert cloudflare.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"


def test_the_top_of_a_zone_can_be_an_alias(cloudflare: FakeCloudflare, run: Runner) -> None:
    for record in cloudflare.held("home.arpa", "NS"):
        del cloudflare.records[record["id"]]
    run.record(*records("home.arpa CNAME example.org", "example.org A 192.0.2.1"))
    assert cloudflare.ask("home.arpa") == ["192.0.2.1"]


def test_it_waits_when_it_is_asked_to(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.busy = 1
    result = run.record(*many(1))
    assert result["changed"]
    assert result.seconds >= 1
    assert len(batches(cloudflare)) == 1


def test_a_refused_token_is_tried_once(cloudflare: FakeCloudflare, run: Runner) -> None:
    message = run.record(*many(1), token=cloudflare.wrong["token"], fails=True)["msg"]
    assert "refused with 403: Invalid access token (9109). The token was tried once" in message
    assert len(cloudflare.calls()) == 1
    message = run.record(*many(1), token="short", fails=True)["msg"]
    assert "refused with 400: Invalid request headers (6003). The token was tried once" in message
    assert len(cloudflare.calls()) == 2


def test_a_token_that_sees_no_zone(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.blind = True
    message = run.record(*many(1), fails=True)["msg"]
    assert f"Cloudflare at {cloudflare.options['url']} shows no zone to this token" in message


def test_a_zone_that_is_not_active_yet(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.status = "pending"
    assert "answers nothing of home.arpa, which is pending" in run.record(*many(1)).text


def test_somebody_was_faster(cloudflare: FakeCloudflare, run: Runner) -> None:
    """The batch is refused as a whole, what they made is read, and the rest is written."""
    cloudflare.meanwhile = lambda: cloudflare.make(name="n1.home.arpa", type="A", content="192.0.2.2", ttl=1)
    result = run.record(*many(3))
    assert [item["name"] for item in result["foreign"]] == ["n1.home.arpa"]
    assert [change["name"] for change in result["changes"]] == ["n0.home.arpa", "n2.home.arpa"]


def test_somebody_removed_what_is_changed(cloudflare: FakeCloudflare, run: Runner) -> None:
    run.record(*many(3))
    gone = cloudflare.held("n1.home.arpa", "A")[0]["id"]
    cloudflare.meanwhile = lambda: cloudflare.records.pop(gone)
    run.record(*records("n1.home.arpa A 192.0.2.99"))
    assert cloudflare.ask("n1.home.arpa") == ["192.0.2.99"]


def test_somebody_is_always_faster(cloudflare: FakeCloudflare, run: Runner) -> None:
    def again() -> None:
        cloudflare.meanwhile = again
        for record in cloudflare.held("n1.home.arpa", "A"):
            del cloudflare.records[record["id"]]
        cloudflare.make(name="n1.home.arpa", type="A", content="192.0.2.2", ttl=1)

    run.record(*many(3))
    cloudflare.meanwhile = again
    wanted = records("n1.home.arpa A 192.0.2.99")
    message = run.record(*wanted, on_foreign="take_over", fails=True)["msg"]
    assert "Record does not exist. (81044). Something else writes to home.arpa at the same time" in message
    assert len(batches(cloudflare)) == 3


def test_records_of_other_services_are_not_touched(cloudflare: FakeCloudflare, run: Runner) -> None:
    cloudflare.make(
        name="home.arpa", type="MX", content="route1.mx.cloudflare.net", priority=9, ttl=1, meta={"read_only": True}
    )
    wanted = {"name": "home.arpa", "type": "MX", "value": "10 mail.home.arpa"}
    message = run.record(wanted, on_foreign="take_over", fails=True)["msg"]
    assert "home.arpa MX: Cloudflare keeps this record for another of its services" in message
    assert cloudflare.writes() == 0


def test_a_url_that_is_not_the_api(cloudflare: FakeCloudflare, run: Runner) -> None:
    message = run.record(*many(1), url=cloudflare.url, fails=True)["msg"]
    assert f"{cloudflare.url}: GET zones: refused with 400: No route for that URI (7000)" in message
