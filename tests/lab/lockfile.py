# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file of the lab's programs: programs.toml, read into values, and the keys that follow from it."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .errors import LabError

PATH = Path(__file__).with_name("programs.toml")
SETS = ("core", "all")
T = TypeVar("T")


@dataclass(frozen=True)
class Module:
    """A Go module at one version (without the leading v)."""

    name: str
    path: str
    version: str
    replace: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()

    def expand(self, text: str) -> str:
        """Fill {version}, {major} and {minor} in."""
        major, minor = self.version.split(".")[:2]
        return text.format(version=self.version, major=major, minor=minor)

    @property
    def query(self) -> str:
        """The module as `go mod download` takes it: path@version."""
        return f"{self.path}@v{self.version}"


@dataclass(frozen=True)
class Program:
    """A main package: one of the module's (`package`), or one of ours that is made of the module (`source`)."""

    name: str
    module: Module
    set: str
    package: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.package) == bool(self.source):
            raise TypeError("needs either package or source")

    @property
    def filename(self) -> str:
        """The name under which the program lies in its folder of the cache."""
        return self.name

    @property
    def ldflags(self) -> str:
        """Flags of the linker: no symbol table, and the module's variables."""
        variables = (f"-X {name}={self.module.expand(value)}" for name, value in self.module.variables)
        return " ".join(("-s -w", *variables))

    @property
    def files(self) -> dict[str, str]:
        """The Go files of its `source` by name; none for a package of the module."""
        folder = PATH.parent / self.source
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.go")) if self.source}


@dataclass(frozen=True)
class Asset:
    """Files of a module: one file or folder (`path`), or YAML files joined into one (`join`)."""

    name: str
    module: Module
    set: str
    path: str = ""
    join: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        """The name under which the asset lies in its folder of the cache."""
        return self.path.rsplit("/", 1)[-1] or f"{self.name}.yaml"


Item = Program | Asset


@dataclass(frozen=True)
class Lock:
    """The whole lock file; `items` are its programs and assets by name, in the order of the file."""

    go: dict[str, str]
    items: dict[str, Item]

    def select(self, names: str | list[str]) -> list[Item]:
        """The items of a set ("core" or "all"), or those named, in the order of the file."""
        if isinstance(names, str):
            names = [names]
        chosen = set()
        for name in names:
            if name in self.items:
                chosen.add(name)
            elif name in SETS:
                chosen.update(item.name for item in self.items.values() if name in ("all", item.set))
            else:
                known = ", ".join([*SETS, *self.items])
                raise LabError(f"{PATH.name} has no program, asset or set {name!r}; it has: {known}")
        return [item for item in self.items.values() if item.name in chosen]

    def key(self, item: Item) -> str:
        """Twelve hexadecimal digits that change with anything the built item depends on, and with nothing else."""
        facts: list[object] = [item.name, item.module.path, item.module.version]
        if isinstance(item, Asset):
            return digest([*facts, item.path, item.join])
        series = self.go["minimum"].split(".")[:2]
        main = item.files or item.package
        return digest([*facts, item.module.replace, main, item.tags, item.ldflags, series, platform.machine()])


def digest(facts: object) -> str:
    """A short hash of plain data."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]


def parse(text: str) -> Lock:
    """Read the lock file's text; LabError names the table that is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LabError(f"{PATH.name} is not TOML: {error}") from error
    if not {"minimum", "wheel"} <= data.get("go", {}).keys():
        raise LabError(f"{PATH.name}: [go] needs minimum and wheel")
    modules = {name: _build(Module, name, table) for name, table in data.get("module", {}).items()}
    items: dict[str, Item] = {}
    for kind, cls in (("program", Program), ("asset", Asset)):
        for name, table in data.get(kind, {}).items():
            if table.get("module") not in modules:
                raise LabError(f"{PATH.name}: [{kind}.{name}] names the unknown module {table.get('module')!r}")
            if table.get("set") not in SETS:
                raise LabError(f"{PATH.name}: [{kind}.{name}] needs set = one of {', '.join(SETS)}")
            if name in items or name in SETS:
                raise LabError(f"{PATH.name}: the name {name} stands for two things")
            items[name] = _build(cls, name, table | {"module": modules[table["module"]]})
    return Lock(go=data["go"], items=items)


@functools.cache
def load() -> Lock:
    """The lock file that lies beside this module."""
    return parse(PATH.read_text(encoding="utf-8"))


def _build(cls: type[T], name: str, table: dict[str, object]) -> T:
    """Make the value of one table."""
    try:
        return cls(name=name, **{key: _frozen(value) for key, value in table.items()})
    except TypeError as error:
        raise LabError(f"{PATH.name}: [{cls.__name__.lower()}.{name}]: {error}") from error


def _frozen(value: object) -> object:
    """A list as a tuple, a table as sorted pairs, anything else as it is."""
    match value:
        case list():
            return tuple(value)
        case dict():
            return tuple(sorted(value.items()))
    return value
