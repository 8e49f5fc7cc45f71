# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _delegate, _files
from ansible_collections.homelab.network.plugins.module_utils._resolved._delegate import DelegatePart, plan_delegate
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._file import render
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import Scope, parse_delegate

from .fake_host import FakeHost

HOME = parse_delegate("home", ["198.51.100.53", "198.51.100.54"], ["home.arpa"])


def look(host: FakeHost, wanted: Scope | None) -> DelegatePart:
    return plan_delegate(host.loaded, host.facts(), "home", wanted)


def apply(host: FakeHost, wanted: Scope | None) -> bool:
    """Look, do it where something has to be done, and prove it; whether something had."""
    part = look(host, wanted)
    if part.before == part.after:
        return False
    part.bring(host, part.after)
    part.prove(host)
    assert look(host, wanted).before == part.after
    return True


def file(directory: Path) -> Path:
    return directory / "home.dns-delegate"


def test_make_and_remove(host: FakeHost, directory: Path) -> None:
    part = look(host, HOME)
    assert not directory.exists()
    assert part.before.to_dict() == {}
    assert part.after.to_dict() == {
        "path": str(file(directory)),
        "content": render(HOME).splitlines(),
        "mode": "0644",
        "directory_mode": "0755",
        "loaded": HOME.to_dict(),
    }
    assert apply(host, HOME)
    assert file(directory).read_text() == render(HOME)
    assert not apply(host, HOME)
    assert host.reloads == 1
    assert apply(host, None)
    assert not directory.exists()
    assert not apply(host, None)
    assert host.reloads == 2


def test_a_directory_that_was_there_before_is_there_afterwards(host: FakeHost, directory: Path) -> None:
    directory.mkdir(mode=0o755)
    apply(host, HOME)
    apply(host, None)
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize(
    "alter",
    [
        lambda path: path.write_text(path.read_text() + "DNS=203.0.113.53\n"),
        lambda path: path.chmod(0o600),
        lambda path: path.parent.chmod(0o700),
        lambda path: path.unlink(),
    ],
)
@pytest.mark.parametrize("reloaded", [True, False])
def test_what_is_altered_by_hand_is_put_right(
    host: FakeHost, directory: Path, alter: t.Callable[[Path], None], reloaded: bool
) -> None:
    apply(host, HOME)
    alter(file(directory))
    if reloaded:
        host.reload(host.facts())
    assert apply(host, HOME)
    assert host.loaded().delegate("home") == HOME
    assert not apply(host, HOME)


@pytest.mark.parametrize("wanted", [HOME, None])
def test_a_run_that_was_killed_between_write_and_reload_is_finished(
    host: FakeHost, directory: Path, wanted: Scope | None
) -> None:
    apply(host, HOME if wanted is None else parse_delegate("home", ["198.51.100.9"], ["home.arpa"]))
    killed = look(host, wanted)
    _files.write(killed.after.path, killed.after.file)
    reloads = host.reloads
    drift = look(host, wanted)
    assert drift.before.file == drift.after.file
    assert drift.before != drift.after
    assert apply(host, wanted)
    assert host.reloads == reloads + 1
    assert host.loaded().delegate("home") == wanted
    assert directory.exists() is (wanted is not None)


def test_a_directory_that_others_can_read_keeps_its_mode(host: FakeHost, directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o775)
    apply(host, HOME)
    assert directory.stat().st_mode & 0o777 == 0o775


def test_a_foreign_file_is_refused_and_left_alone(host: FakeHost, directory: Path) -> None:
    directory.mkdir()
    file(directory).write_text("[Delegate]\nDNS=203.0.113.53\nDomains=~home.arpa\n")
    for wanted in (HOME, None):
        with pytest.raises(DelegateError, match=r"was not written by homelab\.network") as caught:
            look(host, wanted)
        assert caught.value.failure == "conflict"
    assert host.reloads == 0


def test_a_foreign_file_that_says_the_same_is_adopted(host: FakeHost, directory: Path) -> None:
    directory.mkdir(mode=0o755)
    file(directory).write_text("[Delegate]\nDNS=198.51.100.53 198.51.100.54\nDomains=~home.arpa\n")
    assert apply(host, HOME)
    assert file(directory).read_text() == render(HOME)


def test_a_file_goes_without_a_proof_where_nothing_loads_it(host: FakeHost, directory: Path) -> None:
    apply(host, HOME)
    reloads = host.reloads
    host.be(active=False)
    assert apply(host, None)
    assert not directory.exists()
    assert not apply(host, None)
    assert host.reloads == reloads


def test_an_older_systemd_has_none(host: FakeHost) -> None:
    host.be(version=257)
    part = look(host, None)
    assert part.before == part.after
    assert (part.reloads, part.warnings) == (False, ())


def test_a_service_that_is_not_started_yet_is_asked_nothing(host: FakeHost) -> None:
    host.be(active=False)
    part = look(host, HOME)
    assert part.before.loaded is None
    host.be(active=True)
    part.bring(host, part.after)
    part.prove(host)


BOUND = parse_delegate("home", ["fe80::1%link0"], ["home.arpa"])


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The links of the host."""
    there = {"link0"}
    monkeypatch.setattr(_delegate, "interface_exists", there.__contains__)
    return there


def refusal(host: FakeHost, wanted: Scope) -> str:
    with pytest.raises(DelegateError) as caught:
        look(host, wanted)
    assert caught.value.failure == "invalid"
    assert "Nothing was written." in caught.value.msg
    return caught.value.msg


def test_a_server_on_a_link_that_is_not_there(host: FakeHost, links: set[str]) -> None:
    links.clear()
    assert "links that this host does not have: link0. systemd-resolved would drop" in refusal(host, BOUND)


def test_a_link_that_goes_away(host: FakeHost, links: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    apply(host, BOUND)
    links.clear()
    assert "whenever it starts or is reloaded meanwhile, and has fe80::1%link0 left" in refusal(host, BOUND)
    monkeypatch.setattr(host, "loaded", lambda: Loaded((dataclasses.replace(BOUND, servers=()),)))
    assert "has no server of it: names of home.arpa go to the servers of all other names now." in refusal(host, BOUND)
    monkeypatch.setattr(host, "loaded", lambda: Loaded(()))
    assert "names of home.arpa go to the servers of all other names now." in refusal(host, BOUND)
    host.be(active=False)
    assert "would drop" in refusal(host, BOUND)


def test_servers_that_are_lost_at_boot_are_warned_about(host: FakeHost, links: set[str]) -> None:
    links |= {"link1", "lo"}
    for servers, warned in (
        (["fe80::1%link0"], "link0"),
        (["fe80::1%link0", "192.0.2.1%link1"], "link0 or link1"),
        (["fe80::1%link0", "198.51.100.53"], ""),
        (["192.0.2.1%lo"], ""),
        (["198.51.100.53"], ""),
    ):
        part = look(host, parse_delegate("home", servers, ["home.arpa"]))
        assert [f"starts before {warned} is there, " in warning for warning in part.warnings] == [True] * bool(warned)


@pytest.mark.parametrize("before", [None, parse_delegate("home", ["198.51.100.9"], ["home.arpa"])])
def test_the_way_back(host: FakeHost, directory: Path, before: Scope | None) -> None:
    if before is not None:
        apply(host, before)
        file(directory).chmod(0o640)
        host.reload(host.facts())
    part = look(host, HOME)
    part.bring(host, part.after)
    part.bring(host, part.before)
    assert look(host, HOME).before == part.before
    assert directory.exists() is (before is not None)


def test_the_message_of_a_failed_proof(host: FakeHost, directory: Path) -> None:
    part = look(host, HOME)
    host.deaf = True
    part.bring(host, part.after)
    with pytest.raises(DelegateError) as caught:
        part.prove(host)
    assert caught.value.failure == "unproved"
    assert caught.value.msg == (
        f"systemd-resolved did not take delegate home as {file(directory)} says: "
        "servers should be 198.51.100.53, 198.51.100.54, but 198.51.100.53 is loaded. "
        "Look at: journalctl -u systemd-resolved."
    )


def drop_in(directory: Path, text: str) -> Path:
    """A file by hand beside that of the delegate."""
    path = directory / "home.dns-delegate.d/x.conf"
    for folder in (directory, path.parent):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    path.write_text(text)
    path.chmod(0o644)
    return path


def test_a_drop_in_that_adds_a_server_is_respected(host: FakeHost, directory: Path) -> None:
    path = drop_in(directory, "[Delegate]\nDNS=198.51.100.55\n")
    part = look(host, HOME)
    assert part.drop_ins == (str(path),)
    assert part.warnings == (
        f"{path} alters delegate home: with it, it has 198.51.100.53, 198.51.100.54, 198.51.100.55, home.arpa.",
    )
    assert apply(host, HOME)
    assert not apply(host, HOME)
    path.write_text("[Delegate]\nDNS=198.51.100.56\n")
    # It is not loaded yet.
    assert apply(host, HOME)
    assert apply(host, None)
    assert path.exists()


@pytest.mark.parametrize("alter", [lambda path: path.chmod(0o600), lambda path: path.write_text("[Delegate]\nDNS=\n")])
def test_a_drop_in_that_breaks_the_delegate_is_named_before_the_write(
    host: FakeHost, directory: Path, alter: t.Callable[[Path], object]
) -> None:
    path = drop_in(directory, "[Delegate]\n")
    alter(path)
    with pytest.raises(DelegateError, match=f"^{path} alters delegate home") as caught:
        look(host, HOME)
    assert caught.value.failure == "conflict"
    assert not file(directory).exists()


def test_a_file_that_ours_hid_comes_back(host: FakeHost, tmp_path: Path) -> None:
    apply(host, HOME)
    (tmp_path / "lower").mkdir()
    (tmp_path / "lower/home.dns-delegate").write_text("")
    part = look(host, None)
    assert part.before != part.after
    assert part.warnings == (
        f"{tmp_path}/lower/home.dns-delegate provides a delegate home of its own, which is in force without ours.",
    )
    part.bring(host, part.after)
    part.prove(host)
    again = look(host, None)
    assert again.before == again.after
