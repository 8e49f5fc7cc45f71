# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import re
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._adguard_home import AdGuardHome
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection, Interest, Snapshot
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError, Raced
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._errors import NetworkError

from ..fake_http import fake_http

EVERYTHING = Interest(frozenset(), frozenset(), everything=True)

Answer = tuple[int, dict[str, str], t.Any]


class FakeAdGuard:
    """An AdGuard Home of a given version: below v0.107.68 it has neither the flag of a rewrite nor their common switch.

    What the real one cannot be made to do on demand: being old, running behind something else, losing an update.
    """

    def __init__(self, version: str = "v0.107.79", **answers: Answer) -> None:
        self.old = version < "v0.107.68"
        self.rewrites: list[dict[str, t.Any]] = []
        self.rules: list[str] | None = None
        self.loses_rules = False
        self.settings: dict[str, t.Any] = {"upstream_dns": ["192.0.2.9"], "upstream_dns_file": ""}
        self.writes: list[str] = []
        self.answers = {
            "/control/login": (200, {"Set-Cookie": "agh_session=1; Path=/"}, "OK"),
            "/control/status": (200, {}, {"version": version, "running": True}),
            "/control/rewrite/settings": (404, {}, "") if self.old else (200, {}, {"enabled": True}),
            **{f"/control/{path.replace('_', '/')}": answer for path, answer in answers.items()},
        }

    def __call__(self, method: str, path: str, body: t.Any) -> Answer:
        if method != "GET" and path != "/control/login":
            self.writes.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/control/rewrite/list":
            return 200, {}, self.rewrites
        if path == "/control/filtering/status":
            return 200, {}, {"enabled": True, "user_rules": self.rules}
        if path == "/control/dns_info":
            return 200, {}, self.settings
        if path == "/control/dns_config":
            self.settings.update(body)
        if path == "/control/rewrite/add":
            self.rewrites.append({key: value for key, value in body.items() if key != "enabled" or not self.old})
        if path == "/control/filtering/set_rules" and not self.loses_rules:
            self.rules = body["rules"]
        return 200, {}, ""


def connect(url: str, username: str | None = "house") -> AdGuardHome:
    return AdGuardHome(
        Connection(url=url, username=username, password="a long secret" if username else None, timeout=5)
    )


def read(url: str, username: str | None = "house") -> Snapshot:
    with contextlib.closing(connect(url, username)) as backend:
        return backend.read(EVERYTHING)


def failure(server: FakeAdGuard, username: str | None = "house") -> str:
    with fake_http(server) as http, pytest.raises(NetworkError) as caught:
        read(http.url, username)
    assert "a long secret" not in caught.value.msg
    assert http.url in caught.value.msg
    return caught.value.msg


CREATE = Change(("a.test", "A"), None, Entry(RecordSet("a.test", "A", ("192.0.2.1",)), "home"))


def test_an_old_server_has_no_flags() -> None:
    server = FakeAdGuard("v0.107.30")
    with fake_http(server) as http:
        backend = connect(http.url)
        assert backend.read(EVERYTHING).entries == ()
        backend.write([CREATE])
        snapshot = backend.read(EVERYTHING)
        backend.close()
    assert snapshot.entries == (CREATE.after,)
    assert snapshot.warnings == ()
    assert server.rewrites == [{"domain": "a.test", "answer": "192.0.2.1"}]


@pytest.mark.parametrize("version", ["v0.107.29", "v0.106.99"])
def test_a_server_that_is_too_old(version: str) -> None:
    assert f"is {version}; at least v0.107.30 is needed. Update it" in failure(FakeAdGuard(version))


@pytest.mark.parametrize("version", ["v0.108.0-b.77", "v1.0.0", "a build without a version"])
def test_a_server_that_is_new_or_unknown(version: str) -> None:
    with fake_http(FakeAdGuard(version)) as http:
        assert read(http.url).version == version


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [
        ("login", (429, {"Retry-After": "899"}, "blocked"), "has locked this host out after too many failed logins"),
        ("login", (429, {"Retry-After": "899"}, "blocked"), "(899 seconds)"),
        (
            "login",
            (400, {}, "invalid username or password"),
            "refused the login of 'house': wrong username or password",
        ),
        ("login", (302, {"Location": "install.html"}, ""), "is not set up yet"),
        ("login", (301, {"Location": "https://dns.test/"}, ""), "the server redirects to https://dns.test/"),
        ("login", (200, {}, "<html>"), "opened no session"),
        ("login", (404, {}, ""), "the server answered 404"),
        ("status", (200, {}, []), "does not answer like AdGuard Home"),
        ("status", (200, {}, {"state": "up"}), "does not answer like AdGuard Home"),
        ("status", (502, {}, "bad gateway"), "the server answered 502 Bad Gateway: bad gateway"),
    ],
)
def test_answers_that_end_the_task(path: str, answer: Answer, told: str) -> None:
    assert told in failure(FakeAdGuard(**{path: answer}))


def test_a_login_is_tried_once() -> None:
    server = FakeAdGuard(login=(403, {}, "invalid username or password"))
    with fake_http(server) as http, pytest.raises(DnsError, match=r"wrong username or password\. It was tried once"):
        connect(http.url)
    assert [path for dummy, path, *dummy in http.requests] == ["/control/login"]


def test_without_a_user_it_logs_neither_in_nor_out() -> None:
    with fake_http(FakeAdGuard()) as http:
        read(http.url, None)
    assert not [path for dummy, path, *dummy in http.requests if "log" in path]


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_asks_for_a_login(status: int) -> None:
    assert "asks for a login. Set username and password" in failure(FakeAdGuard(status=(status, {}, "")), None)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"status": (200, {}, {"version": "v0.107.79", "running": False})}, "its DNS server is not running"),
        ({"rewrite_settings": (200, {}, {"enabled": False})}, "DNS rewrites are switched off"),
        ({"filtering_status": (200, {}, {"enabled": False, "user_rules": None})}, "filtering is switched off"),
    ],
)
def test_warnings(answers: dict[str, Answer], told: str) -> None:
    with fake_http(FakeAdGuard(**answers)) as http:
        (warning,) = read(http.url).warnings
    assert warning.startswith(f"AdGuard Home at {http.url} answers none of its records: ")
    assert told in warning


def test_marks_that_another_writer_overwrote_stop_the_task_before_the_records() -> None:
    server = FakeAdGuard()
    server.loses_rules = True
    with fake_http(server) as http:
        backend = connect(http.url)
        backend.read(EVERYTHING)
        with pytest.raises(DnsError, match="something else wrote the rules at the same time"):
            backend.write([CREATE])
        backend.close()
    assert server.rewrites == []


def test_lines_that_came_after_the_first_read_stay() -> None:
    server = FakeAdGuard()
    with fake_http(server) as http:
        backend = connect(http.url)
        backend.read(EVERYTHING)
        server.rules = ["||late.test^"]
        backend.write([CREATE])
        backend.close()
    assert server.rules == ["||late.test^", "! homelab.network owner=home name=a.test type=A"]


def test_one_write_of_marks_before_and_one_after() -> None:
    server = FakeAdGuard()
    gone = [Entry(RecordSet(f"gone{number}.test", "A", ("192.0.2.1",)), "home") for number in range(3)]
    server.rewrites = [{"domain": entry.record.name, "answer": "192.0.2.1", "enabled": True} for entry in gone]
    server.rules = [f"! homelab.network owner=home name={entry.record.name} type=A" for entry in gone]
    new = [Entry(RecordSet(f"new{number}.test", "AAAA", ("2001:db8::1",)), "home") for number in range(3)]
    with fake_http(server) as http:
        backend = connect(http.url)
        backend.read(EVERYTHING)
        backend.write(
            [Change(entry.record.key, None, entry) for entry in new]
            + [Change(entry.record.key, entry, None) for entry in gone]
        )
        backend.close()
    kinds = [path.rpartition("/")[2] for path in server.writes]
    assert kinds == ["set_rules", "add", "add", "add", "delete", "delete", "delete", "set_rules"]


def test_a_new_value_needs_no_new_mark() -> None:
    server = FakeAdGuard()
    server.rewrites = [{"domain": "a.test", "answer": "192.0.2.9", "enabled": True}]
    server.rules = ["! homelab.network owner=home name=a.test type=A"]
    with fake_http(server) as http, contextlib.closing(connect(http.url)) as backend:
        (before,) = backend.read(EVERYTHING).entries
        already = len(http.requests)
        backend.write([Change(("a.test", "A"), before, CREATE.after)])
    assert [path for dummy, path, *dummy in http.requests[already:]] == ["/control/rewrite/update", "/control/logout"]


def made(name: str, rtype: str, *values: str) -> Change:
    return Change((name, rtype), None, Entry(RecordSet(name, rtype, values), "home"))


def written(server: FakeAdGuard, *changes: Change) -> list[str]:
    with fake_http(server) as http, contextlib.closing(connect(http.url)) as backend:
        backend.read(EVERYTHING)
        backend.write(changes)
    return [path.rpartition("/")[2] for path in server.writes]


def test_lines_and_their_marks_come_and_go_in_one_write() -> None:
    server = FakeAdGuard()
    changes = [made("a.test", "MX", "10 m.test"), made("a.test", "TXT", "hello")]
    assert written(server, *changes) == ["set_rules"]
    assert server.rules == [
        "|a.test^$dnsrewrite=NOERROR;MX;10 m.test,dnstype=MX",
        "|a.test^$dnsrewrite=NOERROR;TXT;hello,dnstype=TXT",
        "! homelab.network owner=home name=a.test type=MX",
        "! homelab.network owner=home name=a.test type=TXT",
    ]
    server.writes.clear()
    assert written(server, *(Change(change.key, change.after, None) for change in changes)) == ["set_rules"]
    assert server.rules == []


def test_a_mark_of_nothing_goes_in_one_write() -> None:
    server = FakeAdGuard()
    server.rules = ["! homelab.network owner=home name=a.test type=A", "||ads.test^"]
    before = Entry(RecordSet("a.test", "A", ()), "home")
    assert written(server, Change(("a.test", "A"), before, None)) == ["set_rules"]
    assert server.rules == ["||ads.test^"]


def test_a_zone_is_marked_forwarded_and_unmarked() -> None:
    server = FakeAdGuard()
    change = made("lab.test", "FWD", "192.0.2.1")
    assert written(server, change) == ["set_rules", "dns_config"]
    assert server.settings["upstream_dns"] == ["192.0.2.9", "[/lab.test/]192.0.2.1"]
    server.writes.clear()
    assert written(server, Change(change.key, change.after, None)) == ["dns_config", "set_rules"]
    assert (server.settings["upstream_dns"], server.rules) == (["192.0.2.9"], [])


def test_upstream_servers_that_are_right_are_not_sent() -> None:
    server = FakeAdGuard()
    server.settings["upstream_dns"] = ["[/lab.test/]192.0.2.1"]
    assert written(server, made("lab.test", "FWD", "192.0.2.1")) == ["set_rules"]


def test_upstream_servers_in_a_file_cannot_be_changed() -> None:
    server = FakeAdGuard()
    server.settings.update(upstream_dns_file="/opt/upstreams", upstream_dns=["[/lab.test/]192.0.2.1"])
    with fake_http(server) as http, contextlib.closing(connect(http.url)) as backend:
        assert backend.read(EVERYTHING).entries == ()
        private = made("1.168.192.in-addr.arpa", "FWD", "192.0.2.1")
        (objection,) = backend.objections([made("lab.test", "FWD", "192.0.2.1"), private, CREATE])
        assert objection.startswith("lab.test: nothing can be forwarded, because the upstream servers of AdGuard Home")
        assert "its file /opt/upstreams" in objection
        assert list(backend.objections([private])) == []
    assert server.writes == []


def test_a_rule_for_an_address_gives_way_to_a_rewrite_without_a_gap() -> None:
    server = FakeAdGuard()
    server.rules = ["|a.test^$dnsrewrite=NOERROR;A;192.0.2.9"]
    states: list[list[str]] = []
    with fake_http(server) as http, contextlib.closing(connect(http.url)) as backend:
        (before,) = backend.read(EVERYTHING).entries
        assert before == Entry(RecordSet("a.test", "A", ("192.0.2.9",)))
        backend.write([Change(("a.test", "A"), before, CREATE.after)])
        states.append([path.rpartition("/")[2] for path in server.writes])
        assert backend.read(EVERYTHING).entries == (CREATE.after,)
    assert states == [["set_rules", "add", "set_rules"]]
    assert server.rules == ["! homelab.network owner=home name=a.test type=A"]


@pytest.mark.parametrize(
    ("changes", "hidden"),
    [
        pytest.param(
            [made("*.test", "A", "192.0.2.1")], ["a.test CNAME by *.test A", "b.test AAAA by *.test A"], id="all"
        ),
        pytest.param([made("b.test", "A", "192.0.2.1")], ["b.test AAAA by b.test A"], id="another-type"),
        pytest.param([made("*.b.test", "A", "192.0.2.1")], [], id="below"),
        pytest.param([made("c.low.test", "AAAA", "2001:db8::1")], [], id="hidden-already"),
        pytest.param([made("c.test", "A", "192.0.2.1")], [], id="beneath"),
        pytest.param([made("b.test", "TXT", "x"), made("test", "FWD", "192.0.2.1")], [], id="no-rewrite"),
        pytest.param([Change(("*.test", "A"), CREATE.after, None)], [], id="removed"),
        pytest.param(
            [made("*.test", "CNAME", "x.example.org"), made("a.test", "CNAME", "y.example.org")],
            ["b.test AAAA by *.test CNAME"],
            id="taken-over",
        ),
    ],
)
def test_rules_for_addresses_that_would_be_hidden(changes: list[Change], hidden: list[str]) -> None:
    server = FakeAdGuard()
    server.rewrites = [{"domain": name, "answer": "192.0.2.9", "enabled": True} for name in ("c.test", "*.low.test")]
    server.rules = [
        "|a.test^$dnsrewrite=y.example.org",
        "|b.test^$dnsrewrite=2001:db8::9",
        "|c.test^$dnsrewrite=192.0.2.8",
        "|c.low.test^$dnsrewrite=192.0.2.8",
    ]
    with fake_http(server) as http, contextlib.closing(connect(http.url)) as backend:
        backend.read(EVERYTHING)
        found = [
            re.split(": it would not be answered, because .* at |[.] Leave", text)
            for text in backend.objections(changes)
        ]
    assert [f"{name} by {by}" for name, by, _fix in found] == hidden


def test_a_write_that_is_refused_names_the_record_set() -> None:
    refused = (400, {}, "no")
    for path, change in (("rewrite_add", CREATE), ("dns_config", made("lab.test", "FWD", "192.0.2.1"))):
        server = FakeAdGuard()
        # Not by the keyword, in which the underscore is a slash.
        server.answers[f"/control/{'rewrite/add' if path == 'rewrite_add' else path}"] = refused
        with pytest.raises(NetworkError) as caught:
            written(server, change)
        assert caught.value.msg.startswith(f"{' '.join(change.key)}: POST http://127.0.0.1")


def test_a_rewrite_that_changed_meanwhile_is_a_race_and_what_was_made_before_is_told() -> None:
    server = FakeAdGuard(rewrite_update=(400, {}, "target rule not found"))
    server.rewrites = [{"domain": "b.test", "answer": "192.0.2.9", "enabled": True}]
    changes = [CREATE, made("b.test", "A", "192.0.2.2"), made("c.test", "A", "192.0.2.3"), made("d.test", "TXT", "x")]
    with pytest.raises(Raced) as caught:
        written(server, *changes)
    assert caught.value.msg.startswith("b.test A: PUT ")
    assert "Somebody else has changed or removed b.test 192.0.2.9 since it was read" in caught.value.msg
    assert caught.value.applied == (changes[0], changes[3])


def test_another_refusal_of_an_update_is_no_race() -> None:
    server = FakeAdGuard(rewrite_update=(400, {}, "disk is full"))
    server.rewrites = [{"domain": "b.test", "answer": "192.0.2.9", "enabled": True}]
    with pytest.raises(NetworkError, match="disk is full") as caught:
        written(server, made("b.test", "A", "192.0.2.2"))
    assert not isinstance(caught.value, Raced)


def test_a_password_needs_a_name() -> None:
    with pytest.raises(DnsError, match="password is given without username"):
        AdGuardHome(Connection(url="http://192.0.2.1", password="a long secret"))


def test_a_server_that_dies_ends_the_session_quietly() -> None:
    with fake_http(FakeAdGuard()) as http:
        backend = connect(http.url)
    backend.close()
