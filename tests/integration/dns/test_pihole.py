# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is Pi-hole's own, against a fake of it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from .conftest import Runner, records
from .fake_api import Answer, Request
from .fake_pihole import APP_PASSWORD, CLI_PASSWORD, PASSWORD, FakePihole

MARK = "# homelab.network owner=homelab.network"
WANTED = records("nas.home.arpa A 192.0.2.1")


def mark(name: str, rtype: str) -> str:
    return f"{MARK} name={name} type={rtype}"


@pytest.fixture
def start(tmp_path: Path) -> t.Iterator[t.Callable[..., FakePihole]]:
    """Start a server of its own for the test."""
    servers: list[FakePihole] = []

    def make(**options: t.Any) -> FakePihole:
        servers.append(FakePihole(tmp_path, **options))
        servers[-1].start()
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def pihole(start: t.Callable[..., FakePihole]) -> FakePihole:
    return start()


@pytest.fixture
def run(pihole: FakePihole) -> Runner:
    return Runner(pihole)


def many(count: int, name: str = "n{}.home.arpa", rtype: str = "A", value: str = "192.0.2.1") -> list[dict[str, t.Any]]:
    return [{"name": name.format(number), "type": rtype, "value": value.format(number)} for number in range(count)]


def test_everything_is_one_patch_and_one_restart(pihole: FakePihole, run: Runner) -> None:
    wanted = records(
        "nas.home.arpa A 192.0.2.1 192.0.2.2",
        "nas.home.arpa AAAA 2001:db8::1",
        "*.apps.home.arpa A 192.0.2.6",
        "k8s.home.arpa FWD 192.0.2.9 2001:db8::9",
        "www.home.arpa CNAME nas.home.arpa",
    )
    run.record(*wanted, {"name": "ftp.home.arpa", "type": "CNAME", "value": "nas.home.arpa", "ttl": 60})
    assert pihole.lists == {
        "hosts": [
            f"192.0.2.1 nas.home.arpa {MARK}",
            f"192.0.2.2 nas.home.arpa {MARK}",
            f"2001:db8::1 nas.home.arpa {MARK}",
        ],
        "cnameRecords": ["ftp.home.arpa,nas.home.arpa,60", "www.home.arpa,nas.home.arpa"],
        "dnsmasq_lines": [
            "address=/apps.home.arpa/192.0.2.6",
            "server=/k8s.home.arpa/192.0.2.9",
            "server=/k8s.home.arpa/2001:db8::9",
            "local=/apps.home.arpa/",
            mark("*.apps.home.arpa", "A"),
            mark("*.apps.home.arpa", "LOCAL"),
            mark("ftp.home.arpa", "CNAME"),
            mark("k8s.home.arpa", "FWD"),
            mark("www.home.arpa", "CNAME"),
        ],
    }
    assert (pihole.calls("PATCH", "PUT"), pihole.restarts) == (["PATCH /api/config"], 1)
    assert pihole.sessions == {}
    assert pihole.ask("www.home.arpa") == ["192.0.2.1", "192.0.2.2"]
    assert pihole.ask("apps.home.arpa") == pihole.ask("deep.below.apps.home.arpa") == ["192.0.2.6"]


def test_hosts_alone_restart_nothing(pihole: FakePihole, run: Runner) -> None:
    run.record(*WANTED)
    assert (pihole.restarts, pihole.ask("nas.home.arpa")) == (0, ["192.0.2.1"])
    assert "PATCH /api/config" in pihole.calls()
    before = pihole.writes()
    assert run.record(*WANTED, state="exact")["changed"] is False
    assert pihole.writes() == before


@pytest.mark.parametrize("lingers", [0.05, 0.6])
def test_the_restart_is_waited_for(pihole: FakePihole, run: Runner, lingers: float) -> None:
    # The old process answers once more, with what was written: only its age tells that it is the old one.
    pihole.lingers, pihole.closed = lingers, 0.5
    result = run.record(*records("nas.home.arpa A 192.0.2.1", "www.home.arpa CNAME nas.home.arpa"))
    assert result.seconds > lingers + 0.5
    assert pihole.served["cnameRecords"] == ["www.home.arpa,nas.home.arpa"]


def test_a_session_that_did_not_outlive_the_restart(pihole: FakePihole, run: Runner) -> None:
    pihole.restores_sessions = False
    run.record(*records("nas.home.arpa A 192.0.2.1", "www.home.arpa CNAME nas.home.arpa"))
    assert pihole.calls("POST") == ["POST /api/auth"] * 2
    assert pihole.sessions == {}


def test_what_others_wrote_stays_as_it_is(pihole: FakePihole, run: Runner) -> None:
    pihole.lists = {
        "hosts": ["  192.0.2.7\tPrinter.home.arpa  printer # upstairs", "192.0.2.8 nas.home.arpa nas"],
        "cnameRecords": ["a.home.arpa,b.home.arpa,printer.home.arpa"],
        "dnsmasq_lines": ["# mine", "address=/x.test/y.test/192.0.2.4", "local=/y.test/"],
    }
    before = {key: list(found) for key, found in pihole.lists.items()}
    run.record(*records("new.home.arpa A 192.0.2.1", "c.home.arpa CNAME new.home.arpa"))
    run.record(state="exact", allow_empty=True)
    assert pihole.lists == before
    assert "192.0.2.8" in run.record(*records("nas.home.arpa A 192.0.2.9"), fails=True)["msg"]
    taken = records("nas.home.arpa A 192.0.2.8", "*.y.test A 192.0.2.5", "b.home.arpa CNAME nas.home.arpa")
    run.record(*taken, on_foreign="take_over")
    assert pihole.lists == {
        "hosts": [before["hosts"][0], f"192.0.2.8 nas.home.arpa {MARK}", "192.0.2.8 nas"],
        "cnameRecords": ["a.home.arpa,printer.home.arpa", "b.home.arpa,nas.home.arpa"],
        "dnsmasq_lines": [
            "# mine",
            "address=/x.test/192.0.2.4",
            "address=/y.test/192.0.2.5",
            "local=/y.test/",
            mark("*.y.test", "A"),
            mark("b.home.arpa", "CNAME"),
        ],
    }
    run.record(state="exact", allow_empty=True)
    assert pihole.lists["dnsmasq_lines"] == ["# mine", "address=/x.test/192.0.2.4", "local=/y.test/"]
    assert pihole.lists["hosts"] == [before["hosts"][0], "192.0.2.8 nas"]


def test_names_that_others_put_behind_ours_are_theirs(pihole: FakePihole, run: Runner) -> None:
    run.record(*WANTED)
    pihole.lists["hosts"] = [f"192.0.2.1 nas.home.arpa files.home.arpa {MARK}"]
    assert run.record(*WANTED, state="exact")["changed"] is False
    run.record(*records("nas.home.arpa A 192.0.2.5"), state="exact")
    assert pihole.lists["hosts"] == ["192.0.2.1 files.home.arpa", f"192.0.2.5 nas.home.arpa {MARK}"]


def test_an_alias_must_lead_to_a_name_of_the_server(pihole: FakePihole, run: Runner) -> None:
    message = run.record(*records("www.home.arpa CNAME elsewhere.example.org"), fails=True)["msg"]
    assert "it has no address for elsewhere.example.org" in message
    assert pihole.writes() == 0


def test_an_alias_among_the_lines_of_others_is_seen(pihole: FakePihole, run: Runner) -> None:
    pihole.lists["dnsmasq_lines"] = ["cname=www.home.arpa,nas.home.arpa"]
    wanted = records("nas.home.arpa A 192.0.2.1", "www.home.arpa CNAME other.home.arpa", "other.home.arpa A 192.0.2.2")
    assert "www.home.arpa CNAME nas.home.arpa was not made by" in run.record(*wanted, fails=True)["msg"]
    assert pihole.writes() == 0
    run.record(*wanted, on_foreign="take_over")
    assert pihole.lists["cnameRecords"] == ["www.home.arpa,other.home.arpa"]
    assert pihole.lists["dnsmasq_lines"] == [mark("www.home.arpa", "CNAME")]


def test_what_dnsmasq_refuses_changes_nothing(pihole: FakePihole, run: Runner) -> None:
    pihole.lists["dnsmasq_lines"] = ["no such option"]
    message = run.record(*records("nas.home.arpa A 192.0.2.1", "www.home.arpa CNAME nas.home.arpa"), fails=True)["msg"]
    assert "because its dnsmasq would not start with it. Nothing was changed" in message
    assert "bad option at line 61" in message
    assert pihole.lists["hosts"] == []


def test_more_hosts_than_fit_into_one_request(pihole: FakePihole, run: Runner) -> None:
    pihole.lists["hosts"] = ["192.0.2.7 printer.home.arpa"]
    wanted = many(1000, "a-name-of-some-length-{}.home.arpa")
    run.record(*wanted)
    calls = pihole.calls("PATCH", "PUT", "DELETE")
    assert calls.count("PATCH /api/config") == 1
    assert 100 < len([call for call in calls if call.startswith("PUT")]) < 400
    assert len(pihole.lists["hosts"]) == 1001
    assert run.record(*wanted, state="exact")["changed"] is False
    # Another value for one: the new one comes before the old one goes, and nothing else is written.
    del pihole.requests[:]
    wanted[0]["value"] = "192.0.2.2"
    run.record(*wanted)
    host = "a-name-of-some-length-0.home.arpa%20%23%20homelab.network%20owner%3Dhomelab.network"
    assert pihole.calls("PATCH", "PUT", "DELETE")[:-1] == [
        f"PUT /api/config/dns/hosts/192.0.2.2%20{host}",
        f"DELETE /api/config/dns/hosts/192.0.2.1%20{host}",
    ]
    run.record(*wanted[:10], state="exact", max_deletes=1000)
    assert len(pihole.lists["hosts"]) == 11
    assert pihole.calls("PATCH") == ["PATCH /api/config"]


def test_more_aliases_than_fit_into_one_request(pihole: FakePihole, run: Runner) -> None:
    wanted = [*WANTED, *many(700, "alias-{}.home.arpa", "CNAME", "nas.home.arpa")]
    run.record(*wanted)
    assert pihole.restarts == 1
    assert len(pihole.lists["cnameRecords"]) == 700
    assert [call.split("/")[-1] for call in pihole.calls("PATCH", "POST", "PUT")] == [
        *("auth", "config", "config", "config", "restartdns")
    ]
    assert run.record(*wanted, state="exact")["changed"] is False
    run.record(*WANTED, state="exact", max_deletes=700)
    assert (pihole.lists["cnameRecords"], pihole.lists["dnsmasq_lines"], pihole.restarts) == ([], [], 2)


def test_more_aliases_than_fit_for_an_old_version(start: t.Callable[..., FakePihole]) -> None:
    pihole = start(version="v6.2.3")
    wanted = [*WANTED, *many(700, "alias-{}.home.arpa", "CNAME", "nas.home.arpa")]
    message = Runner(pihole).record(*wanted, fails=True)["msg"]
    assert "is v6.2.3: it takes 64 KiB of changes at once" in message
    assert "Update it to v6.3" in message
    assert (pihole.restarts, pihole.lists["cnameRecords"]) == (0, [])


def test_a_restart_that_is_refused(pihole: FakePihole, run: Runner) -> None:
    pihole.allow_destructive = False
    wanted = [*WANTED, *many(700, "alias-{}.home.arpa", "CNAME", "nas.home.arpa")]
    assert "set webserver.api.allow_destructive to true" in run.record(*wanted, fails=True)["msg"]


def test_what_somebody_else_writes_in_between_is_planned_upon(pihole: FakePihole, run: Runner) -> None:
    reads = []

    def race(request: Request) -> Answer:
        if request.method == "GET" and request.path == "/api/config":
            reads.append(request)
            if len(reads) == 2:
                pihole.lists["hosts"].append("192.0.2.77 nas.home.arpa")
        return FakePihole.answer(pihole, request)

    pihole.answer = race  # type: ignore[method-assign]  # the test is in between
    assert "192.0.2.77 was not made by the owner" in run.record(*WANTED, fails=True)["msg"]
    assert pihole.lists["hosts"] == ["192.0.2.77 nas.home.arpa"]
    assert pihole.sessions == {}


@pytest.mark.parametrize("wanted", [WANTED, [*WANTED, *records("www.home.arpa CNAME nas.home.arpa")]])
def test_a_write_that_is_accepted_and_lost(pihole: FakePihole, run: Runner, wanted: list[dict[str, t.Any]]) -> None:
    pihole.loses = 1
    run.record(*wanted)
    assert len(pihole.calls("PATCH")) == 2
    pihole.loses = 9
    message = run.record({"name": "nas.home.arpa", "type": "A", "value": "192.0.2.2"}, fails=True)["msg"]
    assert "nas.home.arpa A: expected 192.0.2.2 (owner: homelab.network), found 192.0.2.1" in message
    assert pihole.sessions == {}


def test_a_server_that_does_not_know_its_version(start: t.Callable[..., FakePihole]) -> None:
    run = Runner(start(version=""))
    run.record(*WANTED)
    assert run.info()["server_version"] == ""


def test_a_wrong_password_is_tried_once(pihole: FakePihole, run: Runner) -> None:
    assert (
        "refused the login: wrong password. It was tried once" in run.record(*WANTED, password="x y", fails=True)["msg"]
    )
    assert pihole.calls() == ["POST /api/auth"]


def test_too_many_wrong_passwords(pihole: FakePihole, run: Runner) -> None:
    refuse = pihole.answer(Request("POST", "/api/auth", {}, {}, b'{"password": "x"}'))
    assert refuse.status == 401
    pihole._failed *= 3
    pihole._failed = [moment + 100 for moment in pihole._failed]
    assert "too many wrong ones were tried within a second" in run.record(*WANTED, fails=True)["msg"]


def test_no_free_seat(pihole: FakePihole, run: Runner) -> None:
    pihole.sessions = {str(number): "web" for number in range(16)}
    message = run.record(*WANTED, fails=True)["msg"]
    assert "has no free API seat" in message
    assert "raise webserver.api.max_sessions" in message


def test_a_second_factor(pihole: FakePihole, run: Runner) -> None:
    pihole.totp = True
    assert "asks for a second factor" in run.record(*WANTED, fails=True)["msg"]
    pihole.app_sudo = True
    assert run.record(*WANTED, password=APP_PASSWORD)["changed"]


@pytest.mark.parametrize(
    ("password", "settings", "message"),
    [
        (APP_PASSWORD, {}, "lets app passwords only read. Set webserver.api.app_sudo to true"),
        (CLI_PASSWORD, {}, "lets the password of its command line only read"),
        (PASSWORD, {"read_only": True}, "refuses every change: misc.readOnly is set. Set it to false"),
        (PASSWORD, {"forced": ("hosts",)}, "Take the FTLCONF_ variable of the setting out of its container"),
    ],
    # No password in the log.
    ids=["app", "command-line", "read-only", "forced"],
)
def test_settings_that_forbid_to_write(
    pihole: FakePihole, run: Runner, password: str, settings: dict[str, t.Any], message: str
) -> None:
    vars(pihole).update(settings)
    result = run.record(*WANTED, password=password, fails=True)
    assert message in result["msg"]
    assert f"Pi-hole at {pihole.url}" in result["msg"]
    assert (pihole.sessions, pihole.lists["hosts"]) == ({}, [])
    assert pihole.calls("PATCH") == ["PATCH /api/config"]
    assert run.record(*WANTED, password=password, check=True)["changed"]


def test_read_only_settings_are_told_beforehand(pihole: FakePihole, run: Runner) -> None:
    pihole.read_only = True
    assert "refuses every change: misc.readOnly is set" in str(run.info()["warnings"])


def test_a_server_without_a_password(start: t.Callable[..., FakePihole]) -> None:
    run = Runner(start(password=""))
    assert run.record(*WANTED)["changed"]
    assert run.record(*WANTED, password="any")["changed"] is False


def test_a_password_that_is_missing(run: Runner) -> None:
    assert (
        "asks for a login. Set password; there is no user name" in run.record(*WANTED, password=None, fails=True)["msg"]
    )


def test_version_5_is_told_apart(pihole: FakePihole, run: Runner) -> None:
    def old(request: Request) -> Answer:
        known = request.path == "/admin/api.php" and "version" in request.query
        return Answer(200, {"version": 3}) if known else Answer(404, "<html>not found</html>")

    pihole.answer = old  # type: ignore[method-assign]  # another server
    assert "is Pi-hole v5, which is not supported" in run.record(*WANTED, fails=True)["msg"]


def test_a_url_of_the_web_interface(run: Runner) -> None:
    message = run.record(*WANTED, url=f"{run.server.options['url']}/admin", fails=True)["msg"]
    assert "has no API of Pi-hole v6 (404). Is it the URL of its web server, without /admin at the end?" in message
