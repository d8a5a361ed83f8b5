"""Names of users: one spelling each, and nothing that could be mistaken for something else."""

from __future__ import annotations

import pytest

from sealyard.access.errors import InvalidNameError
from sealyard.access.principals import UserPrincipalName, is_guid


@pytest.mark.parametrize("text", ["alice@example.com", "Alice@Example.COM"])
def test_case_does_not_make_another_user(text: str) -> None:
    assert str(UserPrincipalName.parse(text)) == "alice@example.com"


@pytest.mark.parametrize("text", ["a@b", "first.last+tag@myregistry.local", "o'brien_@x.y"])
def test_usual_names_are_accepted(text: str) -> None:
    assert str(UserPrincipalName.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "@example.com",
        "alice@",
        "a@b@c",
        "a:b@c",
        "a b@c",
        "a@b\n",
        "a/b@c",
        "\u212a@b",
        "a" * 300 + "@b",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidNameError):
        UserPrincipalName.parse(text)


def test_a_guid_is_lower_case_and_whole() -> None:
    assert is_guid("6cef56e8-d556-48e5-a04f-b8e64114680f")
    assert not is_guid("6CEF56E8-D556-48E5-A04F-B8E64114680F")
    assert not is_guid("6cef56e8-d556-48e5-a04f-b8e64114680f\n")
