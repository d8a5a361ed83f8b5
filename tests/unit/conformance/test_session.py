"""The suite signs in as the clients do: by what the ping says, one token per scope."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx
import pytest

from notary_conformance.answer import DisagreementError, NoAnswerError
from notary_conformance.session import Challenge, Collection, Credentials, Session

ALICE = Credentials("alice", "secret")
BEARER = Challenge.parse('Bearer realm="https://realm.example/token",service="a service"')


@dataclass
class Server:
    """Remembers what it was asked; answers tokens with ``reply`` and everything else with 200."""

    reply: dict[str, object] = field(default_factory=lambda: {"token": "t0ken"})
    status: int = 200
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.host == "realm.example":
            return httpx.Response(self.status, json=self.reply)
        return httpx.Response(200, json={})

    def session(self, challenge: Challenge | None) -> Session:
        client = httpx.Client(
            transport=httpx.MockTransport(self), base_url="https://server.example:5443"
        )
        return Session(client, ALICE, challenge)


def test_nobody_signs_in_where_the_ping_does_not_ask() -> None:
    server = Server()
    Collection(server.session(None), "host/app").get("root.json")
    assert [request.url.path for request in server.asked] == ["/v2/host/app/_trust/tuf/root.json"]
    assert "authorization" not in server.asked[0].headers


def test_a_basic_challenge_is_answered_with_each_request() -> None:
    server = Server()
    session = server.session(Challenge.parse('Basic realm="here"'))
    Collection(session, "host/app").get("root.json")
    assert server.asked[0].headers["authorization"] == "Basic YWxpY2U6c2VjcmV0"


def test_a_token_is_fetched_once_for_each_scope() -> None:
    server = Server({"access_token": "other name"})
    collection = Collection(server.session(BEARER), "host/app")
    for actions in ("pull", "pull", "*"):
        collection.get("root.json", actions)
    fetched = [request for request in server.asked if request.url.host == "realm.example"]
    assert [request.url.params["scope"] for request in fetched] == [
        "repository:host/app:pull",
        "repository:host/app:*",
    ]
    assert fetched[0].url.params["service"] == "a service"
    assert fetched[0].url.params["account"] == "alice"
    assert server.asked[-1].headers["authorization"] == "Bearer other name"


@pytest.mark.parametrize(
    ("status", "reply"), [(401, {"token": "t"}), (200, {}), (200, {"token": 1})]
)
def test_a_realm_without_a_token_is_a_disagreement(status: int, reply: dict[str, object]) -> None:
    collection = Collection(Server(reply, status).session(BEARER), "host/app")
    with pytest.raises(DisagreementError, match="token endpoint"):
        collection.get("root.json")


def test_a_closed_connection_is_told_from_a_wrong_answer() -> None:
    def closed(request: httpx.Request) -> httpx.Response:
        reason = "closed"
        raise httpx.RemoteProtocolError(reason, request=request)

    client = httpx.Client(transport=httpx.MockTransport(closed), base_url="https://a.example")
    with pytest.raises(NoAnswerError, match=r"GET /v2/"):
        Session(client).plain("GET", "/v2/")
