# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A small client of one Kubernetes API server.

Who to speak to and how to authenticate is left to kubernetes.core and the `kubernetes` library, so the options mean the
same as in the modules of that collection. The requests are sent from here, for three reasons: each one has a timeout
and is never repeated behind the scenes; nothing is read but the list of kinds of the API groups that are used; and that
list is never kept on disk, where it would be stale just after a chart has installed its kinds.
"""

from __future__ import annotations

import json
import time
import typing as t
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

from ._errors import NetworkError, require

if t.TYPE_CHECKING:
    from datetime import datetime

# The manager of every field that this collection writes, and the value of the label on every object it makes.
FIELD_MANAGER = "homelab.network"
MANAGED_BY = "app.kubernetes.io/managed-by"

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 9.0
# The API server itself waits up to 10 s for an admission webhook (timeoutSeconds of the webhook configurations).
WRITE_TIMEOUT = 14.0
# How long an API server may keep asking to come back later.
BUSY_TIMEOUT = 10.0

JSONObject = dict[str, t.Any]
JSONObjects = list[JSONObject]
_Found = t.TypeVar("_Found")

_APPLY_PATCH = "application/apply-patch+yaml"
_MERGE_PATCH = "application/merge-patch+json"
_SECRET_KEYS = ("token", "password", "client-key-data", "client-certificate-data", "access-token", "refresh-token")


class KubeError(NetworkError):
    """A request that the API server did not answer, or did not grant.

    `status` is the HTTP status, None when there was no answer; `reason` is the API's machine-readable reason, such as
    "Forbidden" or "Conflict".
    """

    def __init__(self, msg: str, status: int | None = None, reason: str = "", cause: str = "") -> None:
        super().__init__(msg, **({} if status is None else {"status": status, "reason": reason}))
        self.status = status
        self.reason = reason
        self.cause = cause or msg

    @property
    def webhook_unreachable(self) -> bool:
        """Whether the API server could not reach an admission webhook: usual for seconds after it was installed."""
        return self.status == 500 and "failed calling webhook" in self.cause

    @property
    def webhook_denied(self) -> bool:
        """Whether an admission webhook has looked at the object and refused it."""
        return "admission webhook" in self.cause and "denied the request" in self.cause


class Kube:
    """One API server and the credentials for it. Objects are plain dicts, as in JSON.

    `date` is the server's own clock at its latest answer, in whole seconds; None before the first one.
    """

    def __init__(self, server: str, pool: t.Any, headers: t.Callable[[], dict[str, str]]) -> None:
        self.server = server
        self.date: datetime | None = None
        self._pool = pool
        self._headers = headers
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    @classmethod
    def connect(cls, module_or_params: t.Any) -> Kube:
        """Read the connection options of kubernetes.core (and its K8S_AUTH_* variables, kubeconfig, in-cluster files).

        No request is sent. Raises KubeError when they name no server that could be spoken to.
        """
        require("kubernetes")
        from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as core

        params = getattr(module_or_params, "params", module_or_params)
        masked: set[str] = getattr(module_or_params, "no_log_values", set())
        masked.update(_secrets(params))
        # get_api_client() would read the whole API at once, without a timeout: only what comes before that is used.
        try:
            configuration = core._create_configuration(core._create_auth_spec(None, **params))
            configuration.retries = False
            api = require("kubernetes").client.ApiClient(configuration)
            for name, value in core._create_headers(None, **params).items():
                core._set_header(api, name, value)
        except Exception as error:  # kubeconfig, files, exec plugins: every library has its own
            raise KubeError(_unusable(params, error)) from error

        def headers() -> dict[str, str]:
            # Asked anew each time: the library renews tokens that expire.
            settings = configuration.auth_settings().values()
            granted = {auth["key"]: auth["value"] for auth in settings if auth["in"] == "header" and auth["value"]}
            return {**api.default_headers, **granted}

        return cls(configuration.host.rstrip("/"), api.rest_client.pool_manager, headers)

    def version(self) -> str:
        """The API server's version, such as "v1.36.3"."""
        return str(self._request("GET", "/version", "read the version")["gitVersion"])

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the API has this kind."""
        return self._kind(api_version, kind) is not None

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> JSONObjects | None:
        """All objects of a kind, None when the API does not serve that kind."""
        path = self._path(api_version, kind, namespace)
        if path is None:
            return None
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        where = f" in namespace {namespace}" if namespace else ""
        answer = self._request("GET", path, f"list {kind}{where}", query=query, missing=[404])
        if answer is None:
            return None
        return [{"apiVersion": api_version, "kind": kind, **item} for item in answer["items"]]

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> JSONObject | None:
        """One object; None when it does not exist or the API does not serve its kind."""
        path = self._path(api_version, kind, namespace, name)
        if path is None:
            return None
        found: JSONObject | None = self._request("GET", path, _text("read", kind, name, namespace), missing=[404])
        return found

    def apply(self, obj: JSONObject, dry_run: bool = False, force: bool = False) -> JSONObject:
        """Server-side apply: `obj` holds all fields that FIELD_MANAGER shall own, those it does not hold are given up.

        Without `force`, a field that another manager owns with another value is a KubeError with reason "Conflict".
        """
        query = {"fieldManager": FIELD_MANAGER, "force": str(force).lower(), "fieldValidation": "Strict"}
        return self._write("PATCH", obj, (obj, _APPLY_PATCH), query=query, dry_run=dry_run)

    def patch(self, obj: JSONObject, dry_run: bool = False) -> JSONObject:
        """JSON merge patch (RFC 7386): null removes a field, a list is replaced as a whole.

        `obj` holds apiVersion, kind and metadata.name to say which object, and the fields to change.
        """
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
        return self._write("PATCH", obj, (obj, _MERGE_PATCH), query=query, dry_run=dry_run)

    def delete(self, obj: JSONObject, dry_run: bool = False) -> None:
        """Delete exactly the object that was read; if one was made anew under its name: KubeError "Conflict"."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": obj["metadata"]["uid"]}}
        self._write("DELETE", obj, (options, "application/json"), query={}, dry_run=dry_run)

    def _write(
        self,
        method: str,
        obj: JSONObject,
        content: tuple[JSONObject, str],
        *,
        query: dict[str, str],
        dry_run: bool,
    ) -> t.Any:
        api_version, kind = obj["apiVersion"], obj["kind"]
        name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace")
        what = _text("delete" if method == "DELETE" else "write", kind, name, namespace)
        path = self._path(api_version, kind, namespace, name)
        if path is None:
            raise KubeError(
                f"Cannot {what}: the API server {self.server} does not know {kind} of {api_version}. "
                "Install the component that brings this kind first."
            )
        missing = (404,) if method == "DELETE" else ()
        query = {**query, **({"dryRun": "All"} if dry_run else {})}
        return self._request(method, path, what, query=query, content=content, missing=missing)

    def _path(self, api_version: str, kind: str, namespace: str | None, name: str | None = None) -> str | None:
        found = self._kind(api_version, kind)
        if found is None:
            return None
        plural, namespaced = found
        parts = [_root(api_version), f"namespaces/{quote(namespace)}" if namespace and namespaced else "", plural]
        return "/".join(part for part in [*parts, quote(name or "")] if part)

    def _kind(self, api_version: str, kind: str) -> tuple[str, bool] | None:
        if kind not in self._kinds.get(api_version, {}):
            what = f"read the kinds of {api_version}"
            answer = self._request("GET", _root(api_version), what, missing=[404]) or {"resources": []}
            plain = [item for item in answer["resources"] if "/" not in item["name"]]
            self._kinds[api_version] = {item["kind"]: (item["name"], item["namespaced"]) for item in plain}
        return self._kinds[api_version].get(kind)

    def _request(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: t.Mapping[str, str | None] | None = None,
        content: tuple[JSONObject, str] | None = None,
        missing: t.Sequence[int] = (),
    ) -> t.Any:
        """Send one request, `content` is (body, content type); the answer's JSON, None for a status in `missing`."""
        urllib3 = require("urllib3")
        given = urlencode({key: value for key, value in (query or {}).items() if value})
        headers = {**self._headers(), "Accept": "application/json"}
        body = None
        if content:
            body, headers["Content-Type"] = json.dumps(content[0]), content[1]
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=WRITE_TIMEOUT if content else READ_TIMEOUT)
        url = f"{self.server}{path}" + (f"?{given}" if given else "")
        patience = time.monotonic() + BUSY_TIMEOUT
        while True:
            try:
                answer = self._pool.request(method, url, body=body, headers=headers, timeout=timeout, retries=False)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise KubeError(_unreachable(self.server, what, error, urllib3.exceptions)) from error
            # The server says that it has done nothing and asks to come back, as in the first seconds of a new kind.
            if answer.status != 429 or time.monotonic() > patience:
                break
            time.sleep(1)
        self.date = parsedate_to_datetime(answer.headers["Date"]) if "Date" in answer.headers else None
        if answer.status in missing:
            return None
        if answer.status >= 400:
            raise _refused(self.server, what, answer.status, answer.data)
        return json.loads(answer.data)


def _secrets(params: JSONObject) -> set[str]:
    """The secret values inside a kubeconfig that was given as a dict, which no argument specification can mask."""

    def walk(value: t.Any, key: str = "") -> t.Iterator[str]:
        if isinstance(value, dict):
            for name, item in value.items():
                yield from walk(item, name)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, key)
        elif isinstance(value, str) and key in _SECRET_KEYS:
            yield value

    return set(walk(params.get("kubeconfig")))


def allowed(read: t.Callable[[], _Found]) -> _Found | None:
    """What is read, or None where these credentials may not read it."""
    try:
        return read()
    except KubeError as error:
        if error.status != 403:
            raise
        return None


def marked(obj: JSONObject) -> bool:
    """Whether an object carries the label of what this collection has made."""
    return (obj["metadata"].get("labels") or {}).get(MANAGED_BY) == FIELD_MANAGER


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _text(verb: str, kind: str, name: str, namespace: str | None) -> str:
    return f"{verb} {kind} {namespace}/{name}" if namespace else f"{verb} {kind} {name}"


def _unusable(params: JSONObject, error: Exception) -> str:
    kubeconfig = params.get("kubeconfig")
    source = kubeconfig if isinstance(kubeconfig, str) else "given as a dictionary" if kubeconfig else "default"
    context = params.get("context") or "current"
    return (
        f"Cannot tell which Kubernetes API server to speak to (kubeconfig: {source}, context: {context}): "
        f"{str(error).rstrip('.')}. "
        "Check the options kubeconfig and context, or give host and api_key."
    )


def _unreachable(server: str, what: str, error: Exception, kinds: t.Any) -> str:
    if isinstance(error, kinds.SSLError):
        fix = "Check the certificate authority in the kubeconfig, or ca_cert and validate_certs."
        return f"Cannot {what}: no secure connection to the API server {server}: {error}. {fix}"
    if isinstance(error, kinds.NewConnectionError):
        # The text begins with the repr of an object, and the class is one of the timeouts as well.
        cause = str(error).rsplit(": ", maxsplit=1)[-1]
    elif isinstance(error, kinds.ConnectTimeoutError):
        cause = f"nothing answered within {CONNECT_TIMEOUT:g} s (packets are dropped, or the host is down)"
    elif isinstance(error, kinds.ReadTimeoutError):
        cause = "the connection stands, but no answer came in time"
    else:
        cause = str(error)
    fix = "Check that it runs and that host and port are right, and run again."
    return f"Cannot {what}: the API server {server} cannot be reached: {cause}. {fix}"


def _refused(server: str, what: str, code: int, data: bytes) -> KubeError:
    try:
        answer = json.loads(data)
        cause, reason = str(answer.get("message", "")), str(answer.get("reason", ""))
    except (ValueError, AttributeError):
        cause, reason = data[:200].decode(errors="replace"), ""
    fixes = {
        401: "The credentials are not valid (any more): renew the kubeconfig or the token.",
        403: "Give the user or service account this permission by a Role or ClusterRole.",
    }
    fix = "" if "admission webhook" in cause else f" {fixes.get(code, '')}".rstrip()
    msg = f"Cannot {what}: the API server {server} answered {code}: {cause.rstrip('.') or reason}.{fix}"
    return KubeError(msg, code, reason, cause)
