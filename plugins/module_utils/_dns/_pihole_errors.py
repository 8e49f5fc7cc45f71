# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What Pi-hole's refusals mean, and the fix. None of them is worth a second attempt."""

from __future__ import annotations

from .._errors import NetworkError
from .._http import Http, HttpError
from ._error import DnsError

# A part of the server's answer to a login, what it means, and the fix.
_LOGIN = {
    "api_seats_exceeded": (
        "has no free API seat: other programs log in and do not log out. Close sessions in its settings (Web interface"
        " / API), wait half an hour, or raise webserver.api.max_sessions"
    ),
    "rate_limiting": (
        "takes no login now: too many wrong ones were tried within a second. Wait a moment, then use the right password"
    ),
    "2FA token": (
        "asks for a second factor, which a task does not have. Make an app password in its settings (Web interface /"
        " API), set webserver.api.app_sudo to true so that it may write, and use it as password"
    ),
}

# The same for a write.
_WRITE = {
    "app session is not allowed": (
        "lets app passwords only read. Set webserver.api.app_sudo to true there, or use the password of the web"
        " interface"
    ),
    "CLI session is not allowed": (
        "lets the password of its command line only read. Use the password of the web interface"
    ),
    "read-only mode": (
        "refuses every change: misc.readOnly is set. Set it to false in its pihole.toml, or write the records where the"
        " file is made"
    ),
    "environment variables": (
        "has settings that environment variables force, so they cannot be changed. Take the FTLCONF_ variable of the"
        " setting out of its container"
    ),
    "Invalid configuration": "refused the change because its dnsmasq would not start with it. Nothing was changed",
    "Restarting DNS is not allowed": (
        "took the changes, but they count only after a restart, which it refuses. Restart it by hand, and set"
        " webserver.api.allow_destructive to true"
    ),
}


def of_login(at: str, http: Http, error: HttpError, tried: bool) -> NetworkError:
    """The error to raise for a login that failed.

    :param tried: whether a password was sent.
    """
    for part, meaning in _LOGIN.items():
        if part in error.msg:
            return DnsError(f"{at} {meaning}")
    if error.status == 401 and not tried:
        return DnsError(f"{at} asks for a login. Set password; there is no user name")
    if error.status == 401:
        return DnsError(
            f"{at} refused the login: wrong password. It was tried once; the server takes no more logins for a moment"
            " after a few wrong ones, so correct it before the next run"
        )
    if error.status in (403, 404, 405):
        return _not_v6(at, http, error)
    return error


def _not_v6(at: str, http: Http, error: HttpError) -> NetworkError:
    """Pi-hole v5 has its whole API in one PHP script, and tells its version without a login."""
    try:
        answer = http.json("GET", "admin/api.php", params={"version": ""})
    except HttpError:
        answer = None
    if isinstance(answer, dict) and "version" in answer:
        return DnsError(
            f"{at} is Pi-hole v5, which is not supported: it is at the end of its life, restarts for each single alias,"
            " and has no place for an owner's mark. Update it to v6"
        )
    return DnsError(
        f"{at} has no API of Pi-hole v6 ({error.status}). Is it the URL of its web server, without /admin at the end?"
    )


def of_write(at: str, error: HttpError) -> NetworkError:
    """The error to raise for a change that was refused."""
    for part, meaning in _WRITE.items():
        if part in error.msg:
            return DnsError(f"{at} {meaning}. {error.msg}")
    return error
