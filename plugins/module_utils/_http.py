# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""One HTTP session with a server that speaks JSON: exact headers, time limits, errors that a user can read.

Nothing is retried: a wrong password would be counted by the server, and a write may have been done.
"""

from __future__ import annotations

import json
import typing as t
from urllib.parse import urlsplit

from ._errors import NetworkError, require

if t.TYPE_CHECKING:
    from requests import Response

_CONNECT_TIMEOUT = 5.0


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
    """

    def __init__(self, url: str, *, timeout: float, validate_certs: bool = True, ca_path: str | None = None) -> None:
        if not timeout > 0:
            raise HttpError(f"timeout is {timeout:g}: it is a number of seconds above 0")
        self.url = _base_url(url)
        self._timeout = (min(timeout, _CONNECT_TIMEOUT), timeout)
        self._verify = ca_path if ca_path and validate_certs else validate_certs
        self._requests = require("requests")
        self._session = self._requests.Session()
        # Without an auth of its own the session would send what ~/.netrc says about the host.
        self._session.auth = lambda request: request
        if not validate_certs:
            urllib3 = require("urllib3")
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def call(self, method: str, path: str, body: t.Any = None, accept: t.Collection[int] = (200,)) -> Response:
        """The answer to one request; `body` is sent as JSON.

        :raises HttpError: no answer, or one whose status is not in `accept`.
        """
        url = f"{self.url}/{path}"
        # Some servers compare the content type as a text: no character set, and none without a body.
        headers = {} if body is None else {"Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._session.request(
                method,
                url,
                data=data,
                headers=headers,
                timeout=self._timeout,
                verify=self._verify,
                allow_redirects=False,
            )
        except (self._requests.RequestException, OSError) as error:
            raise HttpError(f"{method} {url}: {self._reason(error)}") from error
        if answer.status_code not in accept:
            raise HttpError(
                f"{method} {url}: {_refusal(answer)}", answer.status_code, answer.headers.get("Retry-After")
            )
        return answer

    def json(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """The decoded JSON of an answer with status 200.

        :raises HttpError: as `call`, or the answer is something else.
        """
        answer = self.call(method, path, body)
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
