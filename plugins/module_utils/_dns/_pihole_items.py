# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The strings in Pi-hole's lists of hosts, CNAME records and lines for dnsmasq: some names with one value each; pure.

C(192.0.2.5 nas.home.arpa nas # comment), C(www.home.arpa,nas.home.arpa,300), C(address=/apps.home.arpa/192.0.2.6),
C(server=/k8s.home.arpa/192.0.2.7), C(cname=www.home.arpa,nas.home.arpa).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from . import _rdata
from ._mark import marked, owner_of
from ._record_set import Key, held_record_set

HOST = "host"
CNAME = "cname"
CNAME_LINE = "cname="
ADDRESS = "address"
SERVER = "server"
OTHER = "other"

_LINE = re.compile(r"(address|server)=/([A-Za-z0-9_-][A-Za-z0-9_./-]*)/([^/\s#]\S*)")


@dataclass(frozen=True)
class Item:
    """One string.

    `kind`: which list it stands in and what it is; `text`: as it is stored; `words` and `raw`: its names and its value
    in the stored spelling; `names`: those of its record sets, none where it could not be read; `type`, `value`, `ttl`:
    of its record sets; `comment`: of a host, without the sign.
    """

    kind: str
    text: str
    words: tuple[str, ...] = ()
    raw: str = ""
    names: tuple[str, ...] = ()
    type: str = ""
    value: str = ""
    ttl: int | None = None
    comment: str = ""

    @property
    def owner(self) -> str | None:
        """Whose host it is. The mark means the first name: others were put behind it by somebody else."""
        return owner_of(self.comment)

    def without(self, name: str) -> list[Item]:
        """What is left when a name is taken out: nothing, or one item."""
        words = tuple(word for word, found in zip(self.words, self.names) if found != name)
        comment = marked(self.comment, None) if self.names[0] == name else self.comment
        return [_item(self.kind, words, self.raw, ttl=self.ttl, comment=comment)] if words else []


def _item(
    kind: str, words: tuple[str, ...], raw: str, *, ttl: int | None = None, comment: str = "", text: str = ""
) -> Item:
    """An item in its stored spelling `text`, or in a new one."""
    rtype = _type(kind, raw)
    names = tuple(held_record_set(word, rtype, ()).name for word in words)
    if kind == ADDRESS:
        names = tuple(f"*.{name}" for name in names)
    spelled = text or _spelled(kind, words, raw, ttl, comment)
    return Item(kind, spelled, words, raw, names, rtype, _rdata.held(rtype, raw), ttl, comment)


def _type(kind: str, raw: str) -> str:
    if kind in (HOST, ADDRESS):
        return "AAAA" if ":" in raw else "A"
    return "FWD" if kind == SERVER else "CNAME"


def _spelled(kind: str, words: tuple[str, ...], raw: str, ttl: int | None, comment: str) -> str:
    if kind == HOST:
        return " ".join([raw, *words, *([f"# {comment}"] if comment else [])])
    if kind in (ADDRESS, SERVER):
        return f"{kind}=/{'/'.join(words)}/{raw}"
    prefix = CNAME_LINE if kind == CNAME_LINE else ""
    return prefix + ",".join([*words, raw, *([] if ttl is None else [str(ttl)])])


def read_host(text: str) -> Item:
    """A string of C(dns.hosts). A comment begins where a word begins with the sign (FTL, C(validate_dns_hosts))."""
    head, _sign, comment = re.sub(r"(\s)#", "\\1\n", text, count=1).partition("\n")
    words = head.split()
    if len(words) < 2:
        return Item(HOST, text)
    return _item(HOST, tuple(words[1:]), words[0], comment=comment.strip(), text=text)


def read_cname(text: str, kind: str = CNAME) -> Item:
    """A string of C(dns.cnameRecords), or a line C(cname=…): aliases, target, perhaps a TTL (dnsmasq(8), --cname)."""
    parts = [part.strip() for part in (text[len(CNAME_LINE) :] if kind == CNAME_LINE else text).split(",")]
    ttl = int(parts.pop()) if len(parts) > 2 and parts[-1].isdigit() else None
    if len(parts) < 2 or not all(parts):
        return Item(kind, text)
    return _item(kind, tuple(parts[:-1]), parts[-1], ttl=ttl, text=text)


def read_line(text: str) -> Item:
    """A string of C(misc.dnsmasq_lines)."""
    if text.startswith(CNAME_LINE):
        return read_cname(text, CNAME_LINE)
    match = _LINE.fullmatch(text.strip())
    if match is None or (match.group(1) == ADDRESS and not _is_address(match.group(3))):
        return Item(OTHER, text)
    return _item(match.group(1), tuple(match.group(2).split("/")), match.group(3), text=text)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def make(key: Key, value: str, ttl: int | None, owner: str | None, comment: str = "") -> Item:
    """A new item for one value of a record set. Only a host carries the mark itself."""
    name, rtype = key
    if rtype == "CNAME":
        return _item(CNAME, (name,), value, ttl=ttl)
    if rtype == "FWD":
        return _item(SERVER, (name,), value)
    if name.startswith("*."):
        return _item(ADDRESS, (name[2:],), value)
    return _item(HOST, (name,), value, comment=marked(comment, owner))
