# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _files
from ansible_collections.homelab.network.plugins.module_utils._resolved._change import Plan, carry_out, plan
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._file import render
from ansible_collections.homelab.network.plugins.module_utils._resolved._lookup import BYPASSED, NSS
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import LINK, Scope, parse_delegate
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

from .fake_host import FakeHost

HOME = parse_delegate("home", ["198.51.100.53", "198.51.100.54"], ["home.arpa"])
LEAKY = Scope(LINK, "eth0", (Server("203.0.113.53"),), (), ("home.arpa",))


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(_files, "DIRECTORY", str(tmp_path / "d"))
    monkeypatch.setattr(_files, "LOWER_DIRECTORIES", (str(tmp_path / "lower"),))
    return tmp_path / "d"


@pytest.fixture
def host(directory: Path) -> FakeHost:
    return FakeHost(directory)


def change(host: FakeHost, wanted: Scope | None, verify: bool = True) -> Plan:
    """Look, and plan."""
    return plan(host, "home", wanted, verify)


def apply(host: FakeHost, wanted: Scope | None, verify: bool = True) -> Plan:
    """Look, plan and do it, as the module does."""
    planned = change(host, wanted, verify)
    if planned.changed:
        carry_out(host, planned)
    return planned


def file(directory: Path) -> Path:
    return directory / "home.dns-delegate"


def test_make_and_remove(host: FakeHost, directory: Path) -> None:
    planned = change(host, HOME)
    assert planned.changed
    assert not directory.exists()
    assert planned.before.to_dict("home") == {
        "path": str(file(directory)),
        "content": None,
        "mode": None,
        "directory_mode": None,
        "loaded": None,
    }
    assert planned.after.to_dict("home") == {
        "path": str(file(directory)),
        "content": render(HOME).splitlines(),
        "mode": "0644",
        "directory_mode": "0755",
        "loaded": HOME.to_dict(),
    }
    carry_out(host, planned)
    assert file(directory).read_text() == render(HOME)
    assert not apply(host, HOME).changed
    assert host.reloads == 1
    assert apply(host, None).changed
    assert not file(directory).exists()
    assert not apply(host, None).changed
    assert host.reloads == 2


def test_check_mode_plans_what_is_then_done(host: FakeHost) -> None:
    planned = change(host, HOME)
    done = apply(host, HOME)
    assert (planned.before, planned.after) == (done.before, done.after)
    assert change(host, HOME).before == done.after


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
        host.reload()
    assert apply(host, HOME).changed
    assert host.loaded().delegate("home") == HOME
    assert not apply(host, HOME).changed


def test_a_right_file_that_was_never_loaded(host: FakeHost, directory: Path) -> None:
    apply(host, HOME)
    text = file(directory).read_text()
    file(directory).unlink()
    host.reload()
    file(directory).write_text(text)
    reloads = host.reloads
    drift = change(host, HOME)
    assert drift.before.file == drift.after.file
    assert drift.changed
    carry_out(host, drift)
    assert host.reloads == reloads + 1
    assert not change(host, HOME).changed


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
            change(host, wanted)
        assert caught.value.failure == "conflict"
    assert host.reloads == 0


def test_a_foreign_file_that_says_the_same_is_adopted(host: FakeHost, directory: Path) -> None:
    directory.mkdir()
    file(directory).write_text("[Delegate]\nDNS=198.51.100.53 198.51.100.54\nDomains=~home.arpa\n")
    assert apply(host, HOME).changed
    assert file(directory).read_text() == render(HOME)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"version": 257}, "systemd 257 ignores delegate files, they need 258"),
        ({"version": 0}, "does not run systemd"),
        ({"active": False}, "systemctl enable --now systemd-resolved"),
    ],
)
def test_hosts_that_cannot(host: FakeHost, directory: Path, state: dict[str, object], why: str) -> None:
    host.be(**state)
    with pytest.raises(DelegateError, match=why) as caught:
        change(host, HOME)
    assert caught.value.failure == "unsupported"
    assert caught.value.details["systemd_version"] == host.state.version
    assert not directory.exists()
    # Nothing to remove is right everywhere, and a file of ours goes without a proof.
    assert not change(host, None).changed
    directory.mkdir()
    file(directory).write_text(render(HOME))
    assert apply(host, None).changed
    assert not file(directory).exists()
    assert host.reloads == 0


def test_programs_that_bypass_resolved(host: FakeHost) -> None:
    host.be(lookup=BYPASSED)
    with pytest.raises(DelegateError, match=r"ln -sf .* /etc/resolv\.conf\. Nothing was written") as caught:
        change(host, HOME)
    assert caught.value.failure == "conflict"
    host.be(lookup=NSS)
    (warning,) = change(host, HOME).warnings
    assert warning.startswith("Programs that read /etc/resolv.conf themselves")


def test_a_link_with_the_same_domain(host: FakeHost, directory: Path) -> None:
    host.others = [LEAKY]
    with pytest.raises(
        DelegateError, match=r"would leak\. Link eth0 claims home\.arpa too.*Nothing was written"
    ) as caught:
        change(host, HOME)
    assert caught.value.failure == "conflict"
    assert not directory.exists()
    assert change(host, HOME, verify=False).changed


def test_a_link_with_a_longer_domain_is_warned_about(host: FakeHost) -> None:
    host.others = [Scope(LINK, "eth0", LEAKY.servers, (), ("lab.home.arpa",))]
    (warning,) = change(host, HOME).warnings
    assert warning.startswith("Names below lab.home.arpa go to 203.0.113.53")


def test_a_server_on_a_link_that_is_not_there(host: FakeHost) -> None:
    with pytest.raises(DelegateError, match="links that this host does not have: nolink0") as caught:
        change(host, parse_delegate("home", ["fe80::1%nolink0"], ["home.arpa"]))
    assert caught.value.failure == "invalid"


@pytest.mark.parametrize("before", [None, parse_delegate("home", ["198.51.100.9"], ["home.arpa"])])
@pytest.mark.parametrize("how", ["deaf", "broken"])
def test_a_proof_that_fails_puts_everything_back(
    host: FakeHost, directory: Path, before: Scope | None, how: str
) -> None:
    if before is not None:
        apply(host, before)
        file(directory).chmod(0o640)
    state = _files.read("home")
    setattr(host, how, True)
    with pytest.raises(DelegateError, match=r"The previous state has been put back\.") as caught:
        apply(host, HOME)
    assert caught.value.failure == "unproved"
    assert _files.read("home") == state
    assert directory.exists() is (before is not None)


def test_the_message_of_a_failed_proof(host: FakeHost, directory: Path) -> None:
    host.deaf = True
    with pytest.raises(DelegateError) as caught:
        apply(host, HOME)
    assert caught.value.msg == (
        f"systemd-resolved did not take delegate home as {file(directory)} says: "
        "servers should be 198.51.100.53, 198.51.100.54, but 198.51.100.53 is loaded. "
        "Look at: journalctl -u systemd-resolved. The previous state has been put back."
    )


def test_drop_ins_are_blamed(host: FakeHost, directory: Path) -> None:
    drop_in = directory / "home.dns-delegate.d/x.conf"
    drop_in.parent.mkdir(parents=True)
    directory.chmod(0o755)
    drop_in.write_text("")
    host.deaf = True
    with pytest.raises(DelegateError, match=f"It is altered by {drop_in}: remove that"):
        apply(host, HOME)


def test_without_proof_only_the_file_counts(host: FakeHost, directory: Path) -> None:
    host.deaf = True
    assert apply(host, HOME, verify=False).changed
    assert host.reloads == 1
    file(directory).chmod(0o600)
    host.reload()
    assert apply(host, HOME, verify=False).changed
    assert not apply(host, HOME, verify=False).changed


def test_a_file_that_ours_hid_comes_back(host: FakeHost, tmp_path: Path) -> None:
    apply(host, HOME)
    (tmp_path / "lower").mkdir()
    (tmp_path / "lower/home.dns-delegate").write_text("")
    removed = apply(host, None)
    assert removed.changed
    assert removed.warnings == (
        f"{tmp_path}/lower/home.dns-delegate provides a delegate home of its own, which is in force without ours.",
    )
    assert not apply(host, None).changed
