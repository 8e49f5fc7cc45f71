# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""One HTTP session with a server that speaks JSON: exact headers, time limits, errors that a user can read.

Only two things are tried again: a read whose connection broke, once, and a request that the server asked to send later
(429 with Retry-After), as long as the caller has patience. Everything else is not: a wrong password would be counted by
the server, and a write may have been done.
"""

from __future__ import annotations

import base64
import json
import re
import time
import typing as t
from urllib.parse import urlsplit

from ._errors import NetworkError, require

if t.TYPE_CHECKING:
    from requests import Response

_CONNECT_TIMEOUT = 5.0

# What no header can carry as it is (RFC 9110 section 5.5), and what is not part of a login (RFC 7617 section 2).
_NO_TOKEN = re.compile(r"^ | $|[^ -~]")
_NO_LOGIN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class HttpError(NetworkError):
    """A request that got no usable answer.

    `status` and `retry_after` (the header, in seconds) are those of the answer, None where there was none.
    """

    def __init__(self, msg: str, status: int | None = None, retry_after: str | None = None) -> None:
        super().__init__(msg)
        self.status = status
        self.retry_after = retry_after


class Http:
    """A session. It keeps cookies and its connection; it follows no redirect and reads no ~/.netrc.

    `timeout` in seconds is for the answer of one request; a connection that is not there after 5 s is given up earlier.
    Proxies are taken from the environment as usual (`http_proxy`, `https_proxy`, `no_proxy`).

    `headers` are sent with every request; what is in them is never shown. `patience` is how many seconds in all the
    session may wait because the server asks for it by 429 and Retry-After; 0 reports the first one as an error.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        validate_certs: bool = True,
        ca_path: str | None = None,
        headers: t.Mapping[str, str] | None = None,
        patience: float = 0.0,
    ) -> None:
        if not timeout > 0:
            raise HttpError(f"timeout is {timeout:g}: it is a number of seconds above 0")
        self.url = _base_url(url)
        self._timeout = (min(timeout, _CONNECT_TIMEOUT), timeout)
        self._verify = ca_path if ca_path and validate_certs else validate_certs
        self._requests = require("requests")
        self._session = self._requests.Session()
        self._session.headers.update(headers or {})
        self._patience = patience
        # Without an auth of its own the session would send what ~/.netrc says about the host.
        self._session.auth = lambda request: request
        if not validate_certs:
            urllib3 = require("urllib3")
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def call(
        self,
        method: str,
        path: str,
        body: t.Any = None,
        accept: t.Collection[int] = (200,),
        *,
        form: t.Mapping[str, str] | None = None,
        params: t.Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to one request; `body` is sent as JSON, `form` as a form, `params` stand in the URL.

        :raises HttpError: no answer, or one whose status is not in `accept`.
        """
        url = f"{self.url}/{path}"
        # Some servers compare the content type as a text: no character set, and none without a body.
        headers = {} if body is None else {"Content-Type": "application/json"}
        data = form if body is None else json.dumps(body).encode()
        request = {"headers": headers, "data": data, "params": params}
        while True:
            answer = self._send(method, url, request)
            if answer.status_code in accept:
                return answer
            later = answer.headers.get("Retry-After")
            if answer.status_code != 429 or not self._wait(later):
                raise HttpError(f"{method} {url}: {_refusal(answer)}", answer.status_code, later)

    def _send(self, method: str, url: str, request: dict[str, t.Any]) -> Response:
        settings = {"timeout": self._timeout, "verify": self._verify, "allow_redirects": False}
        exceptions = self._requests.exceptions
        try:
            try:
                return self._session.request(method, url, **request, **settings)
            except exceptions.ConnectionError as error:
                hopeless = (exceptions.ConnectTimeout, exceptions.SSLError, exceptions.ProxyError)
                if method != "GET" or isinstance(error, hopeless):
                    raise
                return self._session.request(method, url, **request, **settings)
        except (exceptions.InvalidHeader, UnicodeError):
            # What they say holds the header, and so would a traceback with them as its cause.
            raise HttpError(f"{method} {url}: a header holds a character that cannot be sent") from None
        except (self._requests.RequestException, OSError) as error:
            raise HttpError(f"{method} {url}: {self._reason(error)}") from error

    def _wait(self, later: str | None) -> bool:
        """Wait as long as the server asks for, unless that is longer than there is patience left."""
        seconds = float(later) if later and later.isdigit() else None
        if seconds is None or seconds > self._patience:
            return False
        self._patience -= seconds
        time.sleep(seconds)
        return True

    def json(self, method: str, path: str, body: t.Any = None, **options: t.Any) -> t.Any:
        """The decoded JSON of an answer; with the options of `call`.

        :raises HttpError: as `call`, or the answer is something else.
        """
        answer = self.call(method, path, body, **options)
        try:
            return answer.json()
        except ValueError as error:
            kind = answer.headers.get("Content-Type", "no content type")
            raise HttpError(
                f"{method} {self.url}/{path}: the answer is not JSON but {kind}. Is this the URL of the server's API,"
                " and not of a login page or of another service?"
            ) from error

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _reason(self, error: Exception) -> str:
        """What went wrong and the fix, without the layers of exceptions around it."""
        exceptions = self._requests.exceptions
        if isinstance(error, exceptions.SSLError):
            return (
                f"TLS failed: {_cause(error)}. Set ca_path to the authority that signed the server's certificate, or"
                " use the name that stands in it"
            )
        if isinstance(error, exceptions.ProxyError):
            return f"the proxy of the environment failed: {_cause(error)}. Add the server to no_proxy to go without it"
        if isinstance(error, exceptions.ConnectTimeout):
            return f"no connection within {self._timeout[0]:g} s. Check the address, and that no firewall is in between"
        if isinstance(error, exceptions.Timeout):
            return f"no answer within {self._timeout[1]:g} s. Check the server, or raise timeout"
        if isinstance(error, exceptions.ConnectionError):
            return f"no connection: {_cause(error)}. Check that the server runs, and its address and port"
        return str(error)


def basic(username: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic authentication (RFC 7617, in UTF-8).

    :raises HttpError: one of them holds control characters.
    """
    login = f"{_checked('username', username, _NO_LOGIN)}:{_checked('password', password, _NO_LOGIN)}"
    return {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """The header of a bearer token (RFC 6750).

    :raises HttpError: no header can carry it.
    """
    return {"Authorization": f"Bearer {_checked('token', token, _NO_TOKEN)}"}


def api_key(token: str) -> dict[str, str]:
    """The header C(X-API-Key), which some servers have in the place of a bearer token.

    :raises HttpError: no header can carry it.
    """
    return {"X-API-Key": _checked("token", token, _NO_TOKEN)}


def _checked(option: str, text: str, wrong: re.Pattern[str]) -> str:
    """The secret that an option gives; an error names the option alone."""
    if not wrong.search(text):
        return text
    why = (
        "holds a character that no header can carry"
        if text == text.strip()
        else "begins or ends with a blank or a line break"
    )
    raise HttpError(
        f"{option} {why}. Give it as the server has it: `echo` and a YAML block with | put a line break behind a text,"
        " `printf %s` and |- do not"
    )


def _base_url(url: str) -> str:
    """The URL without a slash at its end.

    :raises HttpError: it is no URL of HTTP, or holds credentials.
    """
    if "@" in url:
        raise HttpError("url holds credentials, which would be shown and logged with it. Use username and password")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        usable = usable and not parts.query and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        raise HttpError(f"url {url!r} is not of the form http(s)://host[:port][/path]")
    return url.rstrip("/")


def _cause(error: BaseException) -> str:
    """The innermost reason: `Connection refused` instead of a connection pool and its retries."""
    inner: BaseException | None = error
    while inner is not None:
        error = inner
        # requests and urllib3 keep it as an argument, as `reason`, or as the cause of the exception.
        places = (*error.args, getattr(error, "reason", None), error.__cause__)
        inner = next((item for item in places if isinstance(item, BaseException)), None)
    return str(getattr(error, "strerror", None) or error)


def _refusal(answer: Response) -> str:
    """What an answer with an unexpected status says."""
    status = f"{answer.status_code} {answer.reason}"
    if answer.is_redirect:
        return f"the server redirects to {answer.headers['Location']} ({status}). Use a URL that answers by itself"
    text = "" if "html" in answer.headers.get("Content-Type", "") else " ".join(answer.text.split())
    return f"the server answered {status}" + (f": {text[:300]}" if text else "")
