# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only dnsmasq does: two files, tests of its configuration, restarts, and what stands in other files."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import shutil
import socket
import typing as t
from concurrent.futures import ThreadPoolExecutor

import dns.message
import dns.query
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _txt
from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS

from tests.integration.forked import run_module

from .conftest import Runner, records
from .dnsmasq import Dnsmasq

PREVIOUS = ".homelab.conf.previous"


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Dnsmasq]:
    server = Dnsmasq(tmp_path_factory.mktemp("dnsmasq"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dnsmasq(_server: Dnsmasq) -> Dnsmasq:
    """The server, without any file of ours."""
    _server.reset()
    return _server


@pytest.fixture
def on(dnsmasq: Dnsmasq) -> Runner:
    """Runs modules against the server."""
    return Runner(dnsmasq)


def script(server: Dnsmasq, text: str) -> list[str]:
    """A command for restarts."""
    path = server.folder / "command"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return [str(path)]


def lines(server: Dnsmasq) -> list[str]:
    """The lines of our configuration file."""
    return server.conf.read_text(encoding="utf-8").splitlines()


def test_addresses_and_their_names_need_no_restart(on: Runner, dnsmasq: Dnsmasq) -> None:
    """They stand in the hosts file, which dnsmasq watches; its first line for an address says the name of it."""
    before = dnsmasq.restarts
    on.record(*records("b.home.arpa A 192.0.2.7", "a.home.arpa A 192.0.2.7 192.0.2.8", "a.home.arpa AAAA 2001:db8::7"))
    on.record(*records("7.2.0.192.in-addr.arpa PTR b.home.arpa"))
    assert dnsmasq.ask("7.2.0.192.in-addr.arpa", "PTR") == ["b.home.arpa"]
    on.record(*records("7.2.0.192.in-addr.arpa PTR a.home.arpa"))
    assert dnsmasq.ask("7.2.0.192.in-addr.arpa", "PTR") == ["a.home.arpa"]
    assert dnsmasq.ask("a.home.arpa") == ["192.0.2.7", "192.0.2.8"]
    assert dnsmasq.ask("a.home.arpa", "AAAA") == ["2001:db8::7"]
    assert not dnsmasq.conf.exists()
    assert dnsmasq.restarts == before


def test_a_reverse_record_outlives_its_address(on: Runner, dnsmasq: Dnsmasq) -> None:
    """It moves into the configuration when the line of the hosts file that implied it goes away."""
    on.record(*records("a.home.arpa A 192.0.2.7", "7.2.0.192.in-addr.arpa PTR a.home.arpa"))
    on.record(*records("a.home.arpa A"), state="absent")
    assert dnsmasq.ask("7.2.0.192.in-addr.arpa", "PTR") == ["a.home.arpa"]
    assert "ptr-record=7.2.0.192.in-addr.arpa,a.home.arpa" in lines(dnsmasq)
    left = on.info()["records"]
    assert [(item["name"], item["owned"]) for item in left] == [("7.2.0.192.in-addr.arpa", True)]


def test_one_restart_for_everything_and_none_for_nothing(on: Runner, dnsmasq: Dnsmasq) -> None:
    wanted = records(
        "a.home.arpa A 192.0.2.7",
        "b.home.arpa CNAME a.home.arpa",
        "c.home.arpa CNAME b.home.arpa",
        "*.apps.home.arpa A 192.0.2.8",
        "corp.example.org FWD 192.0.2.53 2001:db8::53",
    )
    wanted.append({"name": "home.arpa", "type": "MX", "value": "10 a.home.arpa"})
    before = dnsmasq.restarts
    assert len(on.record(*wanted)["changes"]) == 6
    assert dnsmasq.restarts == before + 1
    assert dnsmasq.ask("c.home.arpa") == ["192.0.2.7"]
    state = dnsmasq.writes()
    assert on.record(*wanted, state="exact")["changed"] is False
    assert dnsmasq.writes() == state
    assert not dnsmasq.conf.with_name(PREVIOUS).exists()
    assert "server=/corp.example.org/2001:db8::53" in lines(dnsmasq)


def test_the_other_family_below_a_wildcard_is_not_asked_upstream(on: Runner, dnsmasq: Dnsmasq) -> None:
    wanted = records("*.apps.home.arpa A 192.0.2.8", "*.apps.home.arpa AAAA 2001:db8::8")
    on.record(wanted[0])
    for name in ("apps.home.arpa", "x.y.apps.home.arpa"):
        assert dnsmasq.ask(name) == ["192.0.2.8"]
        answer = dns.query.udp(dns.message.make_query(name, "AAAA"), "127.0.0.1", port=dnsmasq.port, timeout=5)
        assert answer.rcode() == dns.rcode.NOERROR
    on.record(*wanted)
    assert dnsmasq.ask("x.apps.home.arpa", "AAAA") == ["2001:db8::8"]
    on.record(wanted[1], state="exact", max_deletes=1)
    assert dnsmasq.ask("x.apps.home.arpa") == []
    assert [line for line in lines(dnsmasq) if "local=" in line] == ["local=/apps.home.arpa/ # of AAAA"]
    on.record(*wanted, state="absent")
    assert lines(dnsmasq) == []


def test_forwarding_of_the_same_domain_goes_on_below_a_wildcard(on: Runner, dnsmasq: Dnsmasq) -> None:
    """dnsmasq asks a server of a domain before it keeps the domain to itself, in whatever order the lines stand."""
    question = dns.message.make_query("x.apps.home.arpa", "TXT")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
        upstream.bind(("127.0.0.1", 0))
        upstream.settimeout(10)
        line = f"server=/apps.home.arpa/127.0.0.1#{upstream.getsockname()[1]}\n"
        dnsmasq.conf.with_name("other.conf").write_text(line, encoding="utf-8")
        on.record(*records("*.apps.home.arpa A 192.0.2.8"))
        assert "local=/apps.home.arpa/ # of A" in lines(dnsmasq)
        assert dnsmasq.ask("x.apps.home.arpa") == ["192.0.2.8"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(question.to_wire(), ("127.0.0.1", dnsmasq.port))
            assert dns.message.from_wire(upstream.recv(4096)).question == question.question


def test_a_ttl_brings_an_address_into_the_configuration(on: Runner, dnsmasq: Dnsmasq) -> None:
    on.record(*records("a.home.arpa A 192.0.2.7"))
    on.record({"name": "a.home.arpa", "type": "A", "value": "192.0.2.7", "ttl": 77})
    answer = dns.query.udp(dns.message.make_query("a.home.arpa", "A"), "127.0.0.1", port=dnsmasq.port, timeout=5)
    assert [(rrset.ttl, rrset[0].to_text()) for rrset in answer.answer] == [(77, "192.0.2.7")]
    assert dnsmasq.hosts.joinpath("homelab.hosts").read_text(encoding="utf-8") == ""


def test_lines_by_hand_stay_byte_for_byte(on: Runner, dnsmasq: Dnsmasq) -> None:
    hand = b"# \xff by hand\n  cname = x.home.arpa , y.home.arpa # why\r\n\nhost-record=y.home.arpa,192.0.2.1\n"
    hand += b"log-queries\n"
    dnsmasq.conf.write_bytes(hand)
    dnsmasq.start()
    refused = on.record(*records("y.home.arpa A 192.0.2.2"), fails=True)["msg"]
    assert "was not made by the owner" in refused
    wanted = records("z.home.arpa TXT v=1", "w.home.arpa CNAME x.home.arpa")
    assert [item["action"] for item in on.record(*wanted)["changes"]] == ["create", "create"]
    assert dnsmasq.conf.read_bytes().startswith(hand)
    on.record(*wanted, state="absent")
    assert dnsmasq.conf.read_bytes() == hand
    on.record(*records("y.home.arpa A 192.0.2.2"), on_foreign="take_over")
    assert dnsmasq.conf.read_bytes() == hand.replace(b"host-record=y.home.arpa,192.0.2.1\n", b"")
    assert dnsmasq.ask("y.home.arpa") == ["192.0.2.2"]


def test_what_stands_in_other_files_is_seen(on: Runner, dnsmasq: Dnsmasq) -> None:
    other = dnsmasq.conf.with_name("other.conf")
    other.write_text("cname=al.home.arpa,nas.home.arpa\nhost-record=nas.home.arpa,192.0.2.20\n", encoding="utf-8")
    dnsmasq.start()
    assert on.record(*records("nas.home.arpa A 192.0.2.20"))["foreign"]
    assert on.record(*records("my.home.arpa CNAME nas.home.arpa"))["changed"]
    assert dnsmasq.ask("my.home.arpa") == ["192.0.2.20"]
    for check in (True, False):
        refused = on.record(*records("al.home.arpa A 192.0.2.9"), fails=True, check=check)["msg"]
        assert "a name with a CNAME has nothing else" in refused
        wanted = records("nas.home.arpa A 192.0.2.21")
        refused = on.record(*wanted, fails=True, check=check, on_foreign="take_over")["msg"]
        assert f"nas.home.arpa A 192.0.2.20 stands in {other}. Remove it there" in refused
    both = dnsmasq.conf.read_text(encoding="utf-8") + "host-record=nas.home.arpa,192.0.2.22\n"
    dnsmasq.conf.write_text(both, encoding="utf-8")
    assert f"{other} says nas.home.arpa A 192.0.2.20, and the server answers that as well" in str(on.info()["warnings"])


def test_a_long_text_by_hand_is_read_as_it_is_answered(on: Runner, dnsmasq: Dnsmasq) -> None:
    key = f"v=DKIM1; p={'x' * 300}"
    dnsmasq.conf.with_name("other.conf").write_text(f'txt-record=k.home.arpa,"{key}"\n', encoding="utf-8")
    dnsmasq.start()
    assert dnsmasq.ask("k.home.arpa", "TXT") == [key]
    (found,) = on.info()["records"]
    assert (found["name"], found["value"]) == ("k.home.arpa", [key])
    assert on.record(*records("a.home.arpa A 192.0.2.7"))["changed"]


def test_a_configuration_that_dnsmasq_refuses_is_taken_back(on: Runner, dnsmasq: Dnsmasq) -> None:
    on.record(*records("a.home.arpa A 192.0.2.7", "b.home.arpa CNAME a.home.arpa"))
    broken = dnsmasq.conf.with_name("broken.conf")
    broken.write_text("bogus=1\n", encoding="utf-8")
    before, restarts = dnsmasq.conf.read_bytes(), dnsmasq.restarts
    message = on.record(*records("c.home.arpa CNAME a.home.arpa", "d.home.arpa A 192.0.2.9"), fails=True)["msg"]
    assert f"dnsmasq: bad option at line 1 of {broken}" in message
    assert "The previous files are back" in message
    assert (dnsmasq.conf.read_bytes(), dnsmasq.restarts) == (before, restarts)
    assert dnsmasq.ask("b.home.arpa") == ["192.0.2.7"]
    assert dnsmasq.ask("d.home.arpa") == []
    assert sorted(path.name for path in dnsmasq.conf.parent.iterdir()) == ["broken.conf", "homelab.conf"]


def test_a_restart_that_fails_is_taken_back(on: Runner, dnsmasq: Dnsmasq) -> None:
    on.record(*records("a.home.arpa A 192.0.2.7", "b.home.arpa CNAME a.home.arpa"))
    command = script(
        dnsmasq,
        f"{dnsmasq.folder}/stop\n! grep -q bad {dnsmasq.conf} || {{ echo no >&2; exit 3; }}\n{dnsmasq.folder}/restart",
    )
    wanted = records("bad.home.arpa CNAME a.home.arpa", "c.home.arpa A 192.0.2.9")
    message = on.record(*wanted, restart_command=command, fails=True)["msg"]
    assert "failed with status 3: no. The previous files are back, and the server runs with them" in message
    assert dnsmasq.ask("b.home.arpa") == ["192.0.2.7"]
    assert dnsmasq.ask("c.home.arpa") == []
    assert not dnsmasq.conf.with_name(PREVIOUS).exists()


def test_a_restart_after_which_nothing_answers_is_a_failure(on: Runner, dnsmasq: Dnsmasq) -> None:
    command = [str(dnsmasq.folder / "stop")]
    message = on.record(*records("t.home.arpa TXT x"), restart_command=command, timeout=0.3, fails=True)["msg"]
    assert f"nothing answers at 127.0.0.1:{dnsmasq.port} within 0.3 s after it" in message
    assert "the server does not come up with them either" in message
    assert not dnsmasq.conf.exists()
    message = on.record(*records("t.home.arpa TXT x"), restart_command=["/nowhere/restart"], fails=True)["msg"]
    assert "cannot run /nowhere/restart: No such file or directory. Correct restart_command" in message


def test_a_run_that_was_killed_before_the_restart_is_completed(on: Runner, dnsmasq: Dnsmasq) -> None:
    on.record(*records("t.home.arpa TXT old", "gone.home.arpa TXT x"))
    wanted = records("t.home.arpa TXT new", "u.home.arpa TXT new")
    with pytest.raises(ValueError, match="Expecting value"):
        on.record(*wanted, state="exact", restart_command=script(dnsmasq, "kill -9 $PPID"))
    assert dnsmasq.conf.with_name(PREVIOUS).exists()
    served = {item["name"]: item["value"] for item in on.info()["records"]}
    assert served == {"gone.home.arpa": [], "t.home.arpa": [], "u.home.arpa": []}
    result = on.record(*wanted, state="exact")
    assert [item["action"] for item in result["changes"]] == ["delete", "update", "update"]
    assert dnsmasq.ask("t.home.arpa", "TXT") == ["new"]
    assert dnsmasq.ask("gone.home.arpa", "TXT") == []
    assert on.record(*wanted, state="exact")["changed"] is False


def test_writers_at_a_time_do_not_lose_each_others_record_sets(on: Runner, dnsmasq: Dnsmasq) -> None:
    def write(number: int) -> None:
        some = records(f"a{number}.home.arpa A 192.0.2.{number}", f"b{number}.home.arpa TXT {number}")
        # A third writer between a refused write and its second try is an error that says so.
        while on.record(*some, owner=f"o{number}", fails=None).get("failed"):
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(1, 5)))
    assert len([item for item in on.info()["records"] if item["owned"]]) == 8
    assert [dnsmasq.ask(f"b{number}.home.arpa", "TXT") for number in range(1, 5)] == [["1"], ["2"], ["3"], ["4"]]


def test_what_keeps_records_from_being_answered_is_told(on: Runner, dnsmasq: Dnsmasq) -> None:
    def warnings(**options: t.Any) -> str:
        return str(on.info(**options).get("warnings", ""))

    assert warnings() == ""
    assert "is read by no dnsmasq that runs on this host" in warnings(path=str(dnsmasq.folder / "elsewhere.conf"))
    assert f"does not answer at 127.0.0.2:{dnsmasq.port}" in warnings(server="127.0.0.2")
    unwatched = str(dnsmasq.folder)
    assert f"Add hostsdir={unwatched} to its configuration" in warnings(hosts_dir=unwatched)
    dnsmasq.conf.with_name("more.conf").write_text("stop-dns-rebind\nrebind-domain-ok=/ok.test/\n", encoding="utf-8")
    on.record(*records("ok.test FWD 192.0.2.1", "dropped.test FWD 192.0.2.1"))
    assert "forwards dropped.test, but stop-dns-rebind" in warnings()
    assert "ok.test," not in warnings()
    dnsmasq.stop()
    assert "is read by no dnsmasq" in warnings()


def test_what_a_line_cannot_hold_is_refused_in_check_mode_too(on: Runner, dnsmasq: Dnsmasq) -> None:
    texts = ["tab \\009", '"a\\010b"', '"' + '" "'.join(["x" * 250] * 5) + '"']
    wanted = [{"name": f"t{at}.home.arpa", "type": "TXT", "value": text} for at, text in enumerate(texts)]
    for check in (True, False):
        problems = on.record(*wanted[1:], check=check, fails=True)["problems"]
        assert [problem.partition(":")[0] for problem in problems] == ["t1.home.arpa TXT", "t2.home.arpa TXT"]
    on.record(wanted[0])
    assert dnsmasq.ask("t0.home.arpa", "TXT") == ["tab \\009"]


def test_texts_of_any_octets_are_answered_as_they_are(on: Runner, dnsmasq: Dnsmasq) -> None:
    octets = [number for number in range(256) if number >= 32 and number != 127]
    chance = random.Random(7)  # noqa: S311  # made-up texts, the same each time
    wanted = [
        {"name": f"t{number}.home.arpa", "type": "TXT", "value": _txt.spell([bytes(chance.choices(octets, k=20))])}
        for number in range(100)
    ]
    on.record(*wanted)
    assert [dnsmasq.ask(item["name"], "TXT") for item in wanted] == [[item["value"]] for item in wanted]


def test_an_old_dnsmasq_is_started_anew_to_forget(
    on: Runner, dnsmasq: Dnsmasq, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dnsmasq that says that it is of a version that keeps what a hosts file said before."""
    fake = dnsmasq.folder / "bin" / "dnsmasq"
    fake.parent.mkdir()
    real = shutil.which("dnsmasq")
    text = f'#!/bin/sh\n[ "$1" = --version ] && echo "Dnsmasq version 2.87" && exit\nexec {real} "$@"\n'
    fake.write_text(text, encoding="ascii")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    on.record(*records("a.home.arpa A 192.0.2.7"))
    before = dnsmasq.restarts
    on.record(*records("b.home.arpa A 192.0.2.8"))
    assert dnsmasq.restarts == before
    on.record(*records("a.home.arpa A"), state="absent")
    assert dnsmasq.restarts == before + 1
    assert dnsmasq.ask("a.home.arpa") == []


@contextlib.contextmanager
def nobody() -> t.Iterator[None]:
    """A fork as a user without rights, who may not even look where the collection lies: it is imported before."""
    for name in ("c2m", "m2c"):
        importlib.import_module(f"ansible.module_utils._internal._json._profiles._module_legacy_{name}")
    assert BACKENDS["dnsmasq"]
    os.setegid(65534)
    os.seteuid(65534)
    yield


def test_a_user_who_may_not_write_is_told(dnsmasq: Dnsmasq) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    (dnsmasq.folder.parent).chmod(0o755)
    options = {**dnsmasq.options, "records": records("t.home.arpa TXT x")}
    message = run_module("dns_record", options, secret=(), fails=True, where=nobody())["msg"]
    assert "Permission denied. Run the task as a user who may" in message
    assert not dnsmasq.conf.exists()


def test_a_host_without_dnsmasq_is_told(on: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    message = on.info(fails=True)["msg"]
    assert "dnsmasq is not installed on this host" in message
    assert "delegate_to" in message


def test_a_folder_that_is_not_there_is_told(on: Runner, dnsmasq: Dnsmasq) -> None:
    missing = str(dnsmasq.folder / "missing" / "homelab.conf")
    message = on.record(*records("t.home.arpa TXT x"), path=missing, fails=True)["msg"]
    assert "No such file or directory. Make the folder, and have the server read it" in message
