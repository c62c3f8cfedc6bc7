"""Calls of a local Airflow's REST API: token, retries while it starts, pages, refusals as errors a user can read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

import httpx

from perennial.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

PAGE = 100  # the server cuts larger pages to this length without a word
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NOT_YET = {502, 503, 504}

Json = dict[str, Any]


class Rest:
    """A session with the API; every call waits up to `patience` seconds for a server that does not answer."""

    def __init__(self, url: str, user: str, password: str, patience: float = 30.0) -> None:
        """Refuse an address that is not loopback: the password travels in clear (SetupError)."""
        if httpx.URL(url).host not in LOOPBACK:
            raise SetupError("airflow api", expected="an address of this machine", found=url)
        self.url, self.patience = url, patience
        self._login = {"username": user, "password": password}
        self._http = httpx.Client(base_url=url, timeout=30.0, trust_env=False)

    def __enter__(self) -> Self:
        """Use the connection until the block ends."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, **params: Any) -> Json:
        """Read one object under /api/v2."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Json) -> Json:
        """Create something; not repeated once the server may have seen it."""
        return self._call("POST", path, json=body)

    def patch(self, path: str, body: Json) -> Json:
        """Change something."""
        return self._call("PATCH", path, json=body)

    def pages(self, path: str, key: str, **params: Any) -> Iterator[Json]:
        """Read all entries of a list, page after page."""
        seen = 0
        while True:
            page = self.get(path, limit=PAGE, offset=seen, **params)
            yield from page[key]
            seen += len(page[key])
            if not page[key] or seen >= page["total_entries"]:
                return

    def _call(self, method: str, path: str, **arguments: Any) -> Json:
        if "Authorization" not in self._http.headers:
            self._authorise()
        answer = self._send(method, f"/api/v2{path}", **arguments)
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # the token is 24 h old, or of an earlier installation
            self._authorise()
            answer = self._send(method, f"/api/v2{path}", **arguments)
        return self._body(method, path, answer)

    def _authorise(self) -> None:
        answer = self._send("POST", "/auth/token", json=self._login)
        self._http.headers["Authorization"] = f"Bearer {self._body('POST', '/auth/token', answer)['access_token']}"

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send until there is an answer; only a read is repeated after the server may have got it."""
        repeatable = httpx.TransportError if method == "GET" else httpx.ConnectError
        deadline = time.monotonic() + self.patience
        while True:
            try:
                answer = self._http.request(method, path, **arguments)
                if answer.status_code not in NOT_YET or method != "GET" or time.monotonic() > deadline:
                    return answer
            except repeatable as error:
                if time.monotonic() > deadline:
                    raise SetupError(
                        "airflow api",
                        expected=f"an answer from {self.url} within {self.patience:.0f} s",
                        found=f"{type(error).__name__}: {error}",
                        next_command="make up",
                    ) from error
            time.sleep(0.3)

    @staticmethod
    def _body(method: str, path: str, answer: httpx.Response) -> Json:
        if answer.is_success:
            return dict(answer.json()) if answer.content else {}
        raise Refused(method, path, answer)


class Refused(SetupError):
    """The API answered, but with no; `status` is the HTTP code."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        self.status = answer.status_code
        super().__init__(f"{method} {path}", expected="2xx", found=f"{self.status}: {answer.text[:2000]}")
