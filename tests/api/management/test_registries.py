from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER
from sealyard.services.policy.content_trust import TrustLoss

if TYPE_CHECKING:
    from typing import Any

    from management_setup import ManagementSetup

GROUP = "/resourceGroups/sealyard"
REGISTRIES = "/providers/Microsoft.ContainerRegistry/registries"


def policy(**trust: object) -> dict[str, Any]:
    return {"properties": {"policies": {"trustPolicy": trust}}}


def status_of(server: ManagementSetup) -> str:
    shown = server.ask("GET", server.registry_id).json()
    status: str = shown["properties"]["policies"]["trustPolicy"]["status"]
    return status


def test_the_registry_has_what_az_reads_of_it(server: ManagementSetup) -> None:
    shown = server.ask("GET", server.registry_id, params={"api-version": "2099-01-01-preview"})
    assert shown.status_code == 200
    found = shown.json()
    assert found["id"] == server.registry_id
    assert found["name"] == "myregistry"
    assert found["sku"] == {"name": "Premium", "tier": "Premium"}
    assert found["properties"]["loginServer"] == "localhost:5443"
    assert found["properties"]["provisioningState"] == "Succeeded"
    trust = found["properties"]["policies"]["trustPolicy"]
    assert trust == {"type": "Notary", "status": "disabled"}


def test_the_case_of_a_path_does_not_matter(server: ManagementSetup) -> None:
    path = f"{server.subscription}/resourcegroups/SEALYARD{REGISTRIES}/MyRegistry"
    assert server.ask("GET", path.replace("Microsoft", "microsoft")).json()["name"] == "myregistry"


def test_the_login_server_is_the_one_the_client_came_by(server: ManagementSetup) -> None:
    headers = {"Authorization": f"Bearer {server.token()}", "Host": "registry.example.com"}
    shown = server.http.get(server.registry_id, headers=headers).json()
    assert shown["properties"]["loginServer"] == "registry.example.com"
    headers["Host"] = "evil.example.com"
    shown = server.http.get(server.registry_id, headers=headers).json()
    assert shown["properties"]["loginServer"] == "localhost:5443"


@pytest.mark.parametrize("path", [GROUP + REGISTRIES, REGISTRIES])
def test_the_registry_shows_itself_to_whoever_holds_a_role(
    server: ManagementSetup, path: str
) -> None:
    server.add_user("puller@example.com")
    server.grant("puller@example.com", "AcrPull", "team/app")
    server.add_user("stranger@example.com")
    full = server.subscription + path
    for who in (OWNER, "puller@example.com"):
        listed = server.ask("GET", full, who=who).json()["value"]
        assert [one["name"] for one in listed] == ["myregistry"]
        assert server.ask("GET", server.registry_id, who=who).status_code == 200
    assert server.ask("GET", full, who="stranger@example.com").json() == {"value": []}
    refused = server.ask("GET", server.registry_id, who="stranger@example.com")
    assert refused.status_code == 403


def test_az_finds_the_registry_among_all_resources(server: ManagementSetup) -> None:
    params = {"$filter": "resourceType eq 'Microsoft.ContainerRegistry/registries'"}
    found = server.ask("GET", server.subscription + "/resources", params=params).json()["value"]
    assert [one["id"] for one in found] == [server.registry_id]
    params = {"$filter": "resourceType eq 'Microsoft.Storage/storageAccounts'"}
    found = server.ask("GET", server.subscription + "/resources", params=params).json()["value"]
    assert found == []


def test_a_filter_that_is_not_understood_is_refused(server: ManagementSetup) -> None:
    params = {"$filter": "tagName eq 'x' or 1 eq 1"}
    answer = server.ask("GET", server.subscription + "/resources", params=params)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidRequestContent"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_content_trust_is_turned_on_at_once(server: ManagementSetup, method: str) -> None:
    answer = server.ask(method, server.registry_id, body=policy(type="Notary", status="enabled"))
    assert answer.status_code == 200
    assert answer.json()["properties"]["policies"]["trustPolicy"]["status"] == "enabled"
    assert status_of(server) == "enabled"


def test_a_patch_without_a_trust_policy_changes_nothing(server: ManagementSetup) -> None:
    server.ask("PATCH", server.registry_id, body=policy(status="enabled"))
    bodies: list[dict[str, Any]] = [
        {},
        {"properties": {"adminUserEnabled": False}},
        {"tags": {}},
        policy(),
    ]
    for body in bodies:
        assert server.ask("PATCH", server.registry_id, body=body).status_code == 200
    assert status_of(server) == "enabled"
    assert server.trust_data.present == TrustLoss(2, 5)


def test_disabling_as_az_does_deletes_all_trust_data(server: ManagementSetup) -> None:
    server.ask("PATCH", server.registry_id, body=policy(status="enabled"))
    answer = server.ask("PATCH", server.registry_id, body=policy(type="Notary", status="Disabled"))
    assert answer.status_code == 200
    assert server.trust_data.present == TrustLoss(0, 0)
    assert status_of(server) == "disabled"


def test_disabling_is_refused_if_more_was_signed_than_was_shown(server: ManagementSetup) -> None:
    server.ask("PATCH", server.registry_id, body=policy(status="enabled"))
    seen = server.ask("GET", server.registry_id + "/trustLoss").json()
    assert seen == {"repositories": 2, "signatures": 5}
    server.trust_data.present = TrustLoss(2, 6)
    body = policy(status="disabled", confirmedLoss=seen)
    answer = server.ask("PATCH", server.registry_id, body=body)
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "TrustLossNotConfirmed"
    assert error["additionalInfo"][0]["info"] == {"repositories": 2, "signatures": 6}
    assert server.trust_data.present == TrustLoss(2, 6)
    assert status_of(server) == "enabled"


def test_only_who_may_change_policies_does(server: ManagementSetup) -> None:
    server.add_user("reader@example.com", "Reader")
    server.add_user("pusher@example.com", "AcrPush", "AcrImageSigner")
    for who in ("reader@example.com", "pusher@example.com"):
        answer = server.ask("PATCH", server.registry_id, who=who, body=policy(status="enabled"))
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "AuthorizationFailed"
        assert "Owner" in answer.json()["error"]["message"]
    assert status_of(server) == "disabled"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (policy(status="perhaps"), 400),
        (policy(status=1), 400),
        (policy(type="Cosign", status="enabled"), 400),
        ([], 400),
        ({"properties": {"adminUserEnabled": "perhaps"}}, 400),
        ({"sku": {"name": "Basic"}}, 409),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(
    server: ManagementSetup, body: object, status: int
) -> None:
    answer = server.ask("PATCH", server.registry_id, body=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert status_of(server) == "disabled"


def test_a_body_without_an_end_is_refused(server: ManagementSetup) -> None:
    answer = server.ask("PATCH", server.registry_id, body={"x": "y" * 300_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/subscriptions/00000000-0000-0000-0000-000000000000/resources",
        f"{{subscription}}/resourceGroups/other{REGISTRIES}/myregistry",
        f"{{subscription}}{GROUP}{REGISTRIES}/otherregistry",
        "{subscription}/providers/Microsoft.Compute/virtualMachines",
    ],
)
def test_what_is_not_here_is_not_found_in_arms_words(server: ManagementSetup, path: str) -> None:
    answer = server.ask("GET", path.format(subscription=server.subscription))
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "ResourceNotFound"


def test_the_name_of_the_registry_is_taken_and_no_other_can_be_had(
    server: ManagementSetup,
) -> None:
    path = f"{server.subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability"
    taken = server.ask("POST", path, body={"name": "MYREGISTRY", "type": "x"}).json()
    assert (taken["nameAvailable"], taken["reason"]) == (False, "AlreadyExists")
    other = server.ask("POST", path, body={"name": "other12345"}).json()
    assert (other["nameAvailable"], other["reason"]) == (False, "Invalid")


def test_there_is_no_admin_user_and_no_deleting(server: ManagementSetup) -> None:
    assert server.ask("POST", server.registry_id + "/listCredentials").status_code == 409
    assert server.ask("DELETE", server.registry_id).status_code == 409


def test_nobody_gets_in_without_a_token_for_this_door(server: ManagementSetup) -> None:
    anonymous = server.http.get(server.registry_id)
    assert anonymous.status_code == 401
    assert anonymous.headers["www-authenticate"] == "Bearer"
    answer = server.sign_in(
        grant_type="password",
        username="admin",
        password="the first owner's password",
        scope="https://containerregistry.azure.net/.default",
    )
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    refused = server.http.get(server.registry_id, headers=headers)
    assert refused.status_code == 401
    assert "another audience" in refused.json()["error"]["message"]


def test_one_subscription_and_one_tenant_are_listed_to_anybody(server: ManagementSetup) -> None:
    server.add_user("signer@example.com", "AcrImageSigner")
    record = server.directory.record
    listed = server.ask("GET", "/subscriptions", who="signer@example.com").json()["value"]
    assert [one["subscriptionId"] for one in listed] == [record.subscription_id]
    assert listed[0]["tenantId"] == record.tenant_id
    tenants = server.ask("GET", "/tenants", who="signer@example.com").json()["value"]
    assert [one["tenantId"] for one in tenants] == [record.tenant_id]


def test_the_group_and_the_provider_are_there_for_az(server: ManagementSetup) -> None:
    assert server.ask("GET", server.subscription).json()["state"] == "Enabled"
    groups = server.ask("GET", server.subscription + "/resourcegroups").json()["value"]
    assert [one["name"] for one in groups] == ["sealyard"]
    assert server.ask("GET", server.subscription + GROUP).json()["location"] == "local"
    path = server.subscription + "/providers/Microsoft.ContainerRegistry"
    provider = server.ask("GET", path).json()
    assert provider["resourceTypes"][0]["resourceType"] == "registries"
    other = server.ask("GET", server.subscription + "/providers/Microsoft.Compute").json()
    assert other["resourceTypes"] == []
    assert server.ask("GET", server.subscription + "/locations").json()["value"]


def test_the_cloud_describes_itself_to_everybody(server: ManagementSetup) -> None:
    cloud = server.http.get("/metadata/endpoints", params={"api-version": "2022-09-01"}).json()
    assert cloud["authentication"]["loginEndpoint"] == "https://localhost:5443/adfs"
    assert cloud["authentication"]["audiences"] == ["https://localhost:5443/"]
    assert cloud["resourceManager"] == "https://localhost:5443"
    assert cloud["microsoftGraphResourceId"] == "https://localhost:5443/"
    assert cloud["suffixes"] == {"acrLoginServer": "localhost:5443"}
    listed = server.http.get("/metadata/endpoints", params={"api-version": "2019-05-01"}).json()
    assert listed == [cloud]


def test_resource_tags_are_set_as_a_whole_and_stay_where_none_are_sent(
    server: ManagementSetup,
) -> None:
    assert server.ask("GET", server.registry_id).json()["tags"] == {}
    tags = {"team": "blue", "stage": "production"}
    shown = server.ask("PATCH", server.registry_id, body={"tags": tags})
    assert shown.json()["tags"] == tags
    shown = server.ask("PATCH", server.registry_id, body=policy(status="enabled"))
    assert shown.json()["tags"] == tags
    assert server.ask("PATCH", server.registry_id, body={"tags": {}}).json()["tags"] == {}
    too_many = {f"tag-{number}": "" for number in range(51)}
    refused = server.ask("PATCH", server.registry_id, body={"tags": too_many})
    assert refused.status_code == 413
    assert server.ask("GET", server.registry_id).json()["tags"] == {}


def test_only_who_may_change_the_registry_sets_its_tags(server: ManagementSetup) -> None:
    server.add_user("reader@example.com", "Reader")
    body = {"tags": {"team": "red"}}
    answer = server.ask("PATCH", server.registry_id, who="reader@example.com", body=body)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"publicNetworkAccess": "Disabled"}, "publicNetworkAccess is Enabled"),
        ({"networkRuleSet": {"defaultAction": "Deny"}}, "networkRuleSet.defaultAction is Allow"),
        ({"dataEndpointEnabled": False}, "dataEndpointEnabled is true"),
        (
            {"policies": {"softDeletePolicy": {"status": "enabled"}}},
            "policies.softDeletePolicy.status is disabled",
        ),
    ],
)
def test_what_cannot_be_changed_is_refused_in_words(
    server: ManagementSetup, properties: dict[str, Any], named: str
) -> None:
    answer = server.ask("PATCH", server.registry_id, body={"properties": properties})
    assert answer.status_code == 409
    assert answer.json()["error"]["message"].startswith(f"{named} and cannot be changed: ")


def test_what_is_shown_can_be_sent_back(server: ManagementSetup) -> None:
    shown = server.ask("GET", server.registry_id).json()
    answer = server.ask("PUT", server.registry_id, body=shown)
    assert answer.status_code == 200
    assert answer.json() == shown


def test_to_create_the_registry_answers_it_and_to_create_another_is_refused(
    server: ManagementSetup,
) -> None:
    body = {"location": "local", "sku": {"name": "Premium"}, "properties": {}}
    assert server.ask("PUT", server.registry_id, body=body).json()["name"] == "myregistry"
    other = server.registry_id.replace("myregistry", "another")
    answer = server.ask("PUT", other, body=body)
    assert answer.status_code == 409
    message = answer.json()["error"]["message"]
    assert "one registry, myregistry" in message
    assert "start another server" in message


def test_how_much_there_is_is_counted(server: ManagementSetup) -> None:
    found = server.ask("GET", f"{server.registry_id}/listUsages").json()["value"]
    assert [(one["name"], one["currentValue"], one["unit"]) for one in found] == [
        ("Size", 0, "Bytes"),
        ("Repositories", 0, "Count"),
        ("Manifests", 0, "Count"),
        ("Tags", 0, "Count"),
    ]
    server.add_user("puller@example.com", "AcrPull")
    answer = server.ask("GET", f"{server.registry_id}/listUsages", who="puller@example.com")
    assert answer.status_code == 403
