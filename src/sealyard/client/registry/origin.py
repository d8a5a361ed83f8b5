"""One origin that speaks a registry's protocol: requests that are signed, timed and repeated.

What comes back is an answer below 400, or an error that says who refused what. Redirects are only
followed where the caller says so (blobs), to https, and never with our credentials to another host.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import httpx

from sealyard.client.errors import (
    ConnectionFailedError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.management.connection import refusal
from sealyard.client.printable import printable
from sealyard.client.registry import addresses, failures, retries
from sealyard.client.registry.authorization import Authorization
from sealyard.client.registry.errors import AnswerTooLongError
from sealyard.client.registry.requests import (
    Answer,
    Content,
    Network,
    Request,
    streaming,
)
from sealyard.client.registry.tokens import MAX_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sealyard.client.registry.docker_config import Credential
    from sealyard.client.registry.tokens import TokenRequest

_A = TypeVar("_A", httpx.Response, Answer)

_SMALL_ANSWER_SECONDS: Final = 30.0  # for all attempts together, with what signing in takes
# For an answer that streams to begin: all attempts together, and all places it is sent on to.
_BEGIN_SECONDS: Final = 60.0
_MAX_ERROR_BODY: Final = 64 * 1024
_MAX_REDIRECTS: Final = 5
_OK: Final = 200
_UNAUTHORIZED: Final = 401
_FIRST_ERROR: Final = 400
_PING: Final = "/v2/"


def unheard(_text: str) -> None:
    """Tell nobody."""


class Origin:
    """A server, ``https://host[:port]``, that threads share.

    ``credential`` finds out who we are there; ``certificate_place`` is where an authority's
    certificate would be found, for the message if there is none. ``notice`` is told where else
    the credential goes.
    """

    def __init__(
        self,
        url: str,
        network: Network,
        credential: Callable[[], Credential | None],
        certificate_place: Path,
        notice: Callable[[str], None] = unheard,
    ) -> None:
        self.url = httpx.URL(url)
        self.server = self.url.netloc.decode("ascii")
        self._network = network
        self._certificate_place = certificate_place
        self._notice = notice
        self._told_of: set[str] = set()
        self._authorization = Authorization(credential, self._ask_for_token, network.monotonic)
        self._greeted = False
        self._greeting = threading.Lock()

    @contextmanager
    def send(  # noqa: PLR0913 (each one is a part of a request)
        self,
        method: str,
        path: str,
        *,
        scopes: tuple[str, ...],
        headers: Mapping[str, str] | None = None,
        content: Content = None,
        params: Mapping[str, str] | None = None,
        retry: bool = True,
        follow: bool = False,
        head_seconds: float | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request and give its answer, whose body streams (``iter_raw``).

        ``path`` may be a URL that this server gave us. ``retry`` repeats what can be repeated,
        ``follow`` follows redirects, ``head_seconds`` is how long the server may think once
        everything is sent; without it the answer has to begin within a minute. Raise
        ``ConnectionFailedError``, ``ServerRefusedError`` for a status from 400 on, and
        ``UnexpectedAnswerError``.
        """
        url = self._url(path, params)
        begin_by = self._network.monotonic() + _BEGIN_SECONDS
        head_by = begin_by if head_seconds is None else None
        request = Request(method, url, scopes, headers or {}, content, None, head_seconds, head_by)
        answered = partial(self._followed if follow else self._answered, request)
        response = self._repeated(request.method, answered, begin_by if retry else None)
        try:
            with self._mapped():
                if response.status_code >= _FIRST_ERROR:
                    body = self._body(response, _MAX_ERROR_BODY)
                    raise self._refusal(response.status_code, body)
                yield response
        finally:
            response.close()

    def fetch(  # noqa: PLR0913 (each one is a part of a request)
        self,
        method: str,
        path: str,
        *,
        scopes: tuple[str, ...],
        limit: int,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        accept_status: Collection[int] = (_OK,),
        retry: bool = True,
    ) -> Answer:
        """Send a request and return its whole answer, of at most ``limit`` bytes and 30 s.

        Raise as ``send``; a status among ``accept_status`` is never an error.
        """
        deadline = self._network.monotonic() + _SMALL_ANSWER_SECONDS
        url = self._url(path, params)
        request = Request(method, url, scopes, headers or {}, content, deadline)
        whole = partial(self._whole, request, limit, accept_status)
        answer = self._repeated(method, whole, deadline if retry else None)
        if answer.status in accept_status:
            return answer
        if answer.status >= _FIRST_ERROR:
            raise self._refusal(answer.status, answer.body)
        reason = f"status {answer.status} is no answer to {method} {url.path}"
        raise UnexpectedAnswerError(self.server, reason)

    def authorize(self, scopes: tuple[str, ...]) -> None:
        """Get a token for ``scopes`` now, so that requests that need less share it."""
        deadline = self._network.monotonic() + _SMALL_ANSWER_SECONDS
        self._greet(deadline)
        self._authorization.header(scopes, deadline)

    def wait(self, seconds: float) -> None:
        """Wait before something is tried again."""
        self._network.sleep(seconds)

    def _whole(self, request: Request, limit: int, accept_status: Collection[int]) -> Answer:
        response = self._answered(request)
        try:
            with self._mapped():
                accepted = response.status_code in accept_status
                body = self._body(response, limit if accepted else _MAX_ERROR_BODY)
                return Answer(response.status_code, response.headers, body)
        finally:
            response.close()

    def _repeated(self, method: str, answered: Callable[[], _A], until: float | None) -> _A:
        """Return the answer, of any status, after as many attempts as it needs and may have.

        None of them begins after ``until``; without that there is one.
        """
        may_repeat = until is not None and method in retries.IDEMPOTENT
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = answered()
            except ConnectionFailedError as error:
                pause = retries.pause_after_failure(attempt, error) if may_repeat else None
                if pause is None or not self._is_time(until, pause):
                    raise
            else:
                pause = None
                if may_repeat:
                    status, headers = answer.status_code, answer.headers
                    pause = retries.pause_after_answer(attempt, status, headers)
                if pause is None or not self._is_time(until, pause):
                    return answer
                answer.close()
            self._network.sleep(pause)

    def _is_time(self, until: float | None, pause: float) -> bool:
        return until is not None and self._network.monotonic() + pause < until

    def _followed(self, request: Request) -> httpx.Response:
        for _ in range(_MAX_REDIRECTS):
            response = self._answered(request)
            if not response.has_redirect_location:
                return response
            response.close()
            location = response.headers["Location"]
            request = replace(request, url=addresses.given(request.url, location))
        reason = f"it sends us elsewhere more than {_MAX_REDIRECTS} times"
        raise UnexpectedAnswerError(self.server, reason)

    def _answered(self, request: Request) -> httpx.Response:
        """Send a request, signed; once more with a new token if the first one is not taken."""
        if not addresses.same_origin(self.url, request.url):
            return self._once(request, None)
        deadline = request.deadline
        if deadline is None:
            deadline = self._network.monotonic() + _SMALL_ANSWER_SECONDS
        self._greet(deadline)
        header = self._authorization.header(request.scopes, deadline)
        response = self._once(request, header)
        if response.status_code != _UNAUTHORIZED:
            return response
        if not self._authorization.learn(response.headers.get_list("WWW-Authenticate")):
            return response
        if header is not None:
            self._authorization.reject(header)
        renewed = self._authorization.header(request.scopes, deadline)
        if renewed is None or renewed == header:
            return response
        response.close()
        return self._once(request, renewed)

    def _once(self, request: Request, authorization: str | None) -> httpx.Response:
        host = request.url.netloc.decode("ascii")  # where tokens or blobs are may be elsewhere
        place = self._certificate_place
        is_named = request.url.host == self.url.host
        if host != self.server:
            place = place.parent.parent / host / place.name
        with failures.mapped(host, place, is_named=is_named):
            answer = self._network.transport.handle_request(request.signed(authorization))
        return streaming(answer)

    def _greet(self, deadline: float) -> None:
        """Learn once how to sign in, as docker does, before anything is sent in vain."""
        with self._greeting:
            if self._greeted:
                return
            ping = Request("GET", self.url.join(_PING), deadline=deadline)
            response = self._once(ping, None)
            try:
                with self._mapped():
                    self._body(response, _MAX_ERROR_BODY)
            finally:
                response.close()
            if response.status_code == _UNAUTHORIZED:
                self._authorization.learn(response.headers.get_list("WWW-Authenticate"))
            self._greeted = True

    def _ask_for_token(self, request: TokenRequest, deadline: float) -> bytes:
        url = addresses.given(self.url, request.url)
        if request.has_credential:
            self._tell_of(url.host)
        headers = dict(request.headers)
        asked = Request(request.method, url, (), headers, request.body, deadline)
        response = self._once(asked, None)
        try:
            with self._mapped():
                body = self._body(response, MAX_ANSWER)
        finally:
            response.close()
        if response.status_code != _OK:
            raise self._refusal(response.status_code, body)
        return body

    def _tell_of(self, host: str) -> None:
        """Say, once, that who we are is told to somebody of another house."""
        if host in self._told_of or addresses.of_one_house(self.url.host, host):
            return
        self._told_of.add(host)
        self._notice(
            f"{self.server} has one sign in at {printable(host)}: the credentials for "
            f"{self.server} are sent there"
        )

    def _refusal(self, status: int, body: bytes) -> ServerRefusedError:
        error = refusal(status, body)
        if status != _UNAUTHORIZED:
            return error
        message = f"{error}; sign in to {self.server} with: docker login, or sealyard login"
        return ServerRefusedError(status, error.code, message)

    def _body(self, response: httpx.Response, limit: int) -> bytes:
        parts, size = [], 0
        for piece in response.iter_raw():
            size += len(piece)
            if size > limit:
                raise AnswerTooLongError(self.server, limit)
            parts.append(piece)
        return b"".join(parts)

    def _mapped(self) -> AbstractContextManager[None]:
        return failures.mapped(self.server, self._certificate_place)

    def _url(self, path: str, params: Mapping[str, str] | None) -> httpx.URL:
        url = addresses.given(self.url, path)
        return url.copy_merge_params(params) if params else url
