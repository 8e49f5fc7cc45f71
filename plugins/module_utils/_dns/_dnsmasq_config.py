# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The configuration that dnsmasq runs with on this host: its arguments and all files that they lead to (dnsmasq(8))."""

from __future__ import annotations

import contextlib
import os
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ._dnsmasq_lines import option, parse_hosts, records
from ._marked_text import Record, lines

_MAIN = "/etc/dnsmasq.conf"
_SHORT = {"C": "conf-file", "7": "conf-dir", "H": "addn-hosts", "h": "no-hosts", "p": "port", "a": "listen-address"}
_VALUED = (*_SHORT.values(), "hostsdir")
# Longer ones are lists of names to block, which no record set is in.
_LONGEST_FILE = 1_000_000


@dataclass
class Config:
    """What dnsmasq has read: `files`, and `options` with their values, in this order; `records` by the file."""

    arguments: tuple[str, ...]
    files: list[Path] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    records: list[tuple[Record, Path]] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """All values of an option."""
        return [value for key, value in self.options if key == name]

    def reads(self, path: Path) -> bool:
        """Whether it reads a file, or would if it were there."""
        return path in self.files or any(
            path.parent == folder and wanted(path.name) for folder, wanted in map(_folder, self.values("conf-dir"))
        )

    @property
    def watched(self) -> list[Path]:
        """The folders whose hosts files are read at once when they change."""
        return [real(value) for value in self.values("hostsdir")]


def real(path: str | Path) -> Path:
    """A path without symbolic links: how the files of dnsmasq are compared."""
    return Path(os.path.realpath(path))


def running(path: Path) -> Config | None:
    """The configuration of the dnsmasq on this host that reads `path`; None where none does."""
    for folder in Path("/proc").iterdir():
        # A process may end meanwhile, and those of others may be hidden.
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and (folder / "comm").read_text(encoding="utf-8").strip() == "dnsmasq":
                words = (folder / "cmdline").read_bytes().decode(errors="surrogateescape").split("\0")[1:-1]
                config = load(words)
                if config.reads(path):
                    return config
    return None


def load(arguments: t.Sequence[str]) -> Config:
    """The configuration that these arguments lead to. Files that cannot be read are left out."""
    config = Config(tuple(arguments))
    given = list(_arguments(arguments))
    if all(name != "conf-file" for name, dummy in given):
        given.append(("conf-file", _MAIN))
    for name, value in given:
        _take(config, name, value, None)
    _hosts(config)
    return config


def _arguments(arguments: t.Sequence[str]) -> t.Iterator[tuple[str, str]]:
    words = iter(arguments)
    for word in words:
        name, sign, value = word[2:].partition("=")
        if word.startswith("--"):
            yield name, next(words, "") if not sign and name in _VALUED and name != "no-hosts" else value
        elif word.startswith("-") and word[1:2] in _SHORT:
            name = _SHORT[word[1]]
            yield name, word[2:] if word[2:] or name == "no-hosts" else next(words, "")


def _take(config: Config, name: str, value: str, origin: Path | None) -> None:
    config.options.append((name, value))
    if origin:
        config.records += [(one, origin) for one in records(name, value)]
    if name == "conf-file":
        _read(config, Path(value))
    elif name == "conf-dir":
        folder, wanted = _folder(value)
        for path in _inside(folder):
            if wanted(path.name):
                _read(config, path)


def _read(config: Config, path: Path) -> None:
    """A file that is named twice is read once."""
    path = real(path)
    if path in config.files:
        return
    config.files.append(path)
    for line in lines(_text(path)):
        found = option(line)
        if found:
            name, value = found
            _take(config, name, value.strip('"') if name in _VALUED else value, path)


def _folder(value: str) -> tuple[Path, t.Callable[[str], bool]]:
    """The folder of conf-dir, and whether a name in it is read: C(*.x) reads only such, C(.x) all but such."""
    folder, *patterns = value.split(",")
    only = tuple(pattern[1:] for pattern in patterns if pattern.startswith("*") and pattern != "*")
    never = tuple(pattern for pattern in patterns if pattern and not pattern.startswith("*"))

    def wanted(name: str) -> bool:
        hidden = name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))
        return not hidden and not name.endswith(never) and (not only or name.endswith(only))

    return real(folder), wanted


def _hosts(config: Config) -> None:
    files = [] if config.values("no-hosts") else [Path("/etc/hosts")]
    for value in [*config.values("addn-hosts"), *config.values("hostsdir")]:
        files += _inside(real(value)) or [real(value)]
    for path in files:
        if not path.name.startswith("."):
            config.records += [(one, path) for chunk in parse_hosts(_text(path)) for one in chunk.records]


def _inside(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(path for path in folder.iterdir() if path.is_file())
    return []


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        if path.stat().st_size <= _LONGEST_FILE:
            return path.read_bytes().decode(errors="surrogateescape")
    return ""
