"""The team over the API: what the portal does, but nothing that would make a key's holder an owner."""

from __future__ import annotations

from sqlalchemy import select

from app.core import ids
from app.core.db.models import AuditEntry
from app.core.ids import show
from app.workflow.accounts.people import manage_team
from tests.factories.people import make_user


def test_somebody_is_invited_assigned_a_role_and_removed(client, merchant) -> None:
    body = {"email": "Ada@People.example", "role": "support"}

    made = merchant.post("/v1/team_invitations", body, once="invite-ada-0001")
    again = merchant.post("/v1/team_invitations", body, once="invite-ada-0001")
    fresh = merchant.post("/v1/team_invitations", body)

    assert (made.status_code, made.json["email"], made.json["status"]) == (201, "ada@people.example", "waiting")
    assert again.json == made.json
    assert fresh.json["id"] == made.json["id"]
    assert fresh.json["url"] != made.json["url"]
    assert client.get(fresh.json["url"].partition("//")[2].partition("/")[2]).status_code == 200
    assert [each["id"] for each in merchant.get("/v1/team_invitations").json["data"]] == [made.json["id"]]
    response = merchant.post(f"/v1/team_invitations/{made.json['id']}/revoke", once=None).json
    assert (response["status"], response["url"]) == ("revoked", None)

    make_user(merchant.shop.business_id, "support")
    [helper] = [each for each in merchant.get("/v1/team_members").json["data"] if each["role"] == "support"]
    path = f"/v1/team_members/{helper['id']}"
    assert merchant.call("PATCH", path, {"role": "viewer"}).json["role_name"] == "Viewer"
    assert merchant.call("DELETE", path).status_code == 204
    assert merchant.get(path).status_code == 404
    noted = merchant.shop.many(select(AuditEntry.actor).where(AuditEntry.subject_id == ids.parse("mem", helper["id"])))
    assert {row.actor.split("_")[0] for row in noted} == {"key:key"}


def test_a_key_makes_no_owner_and_unmakes_none(merchant) -> None:
    business_id = merchant.shop.business_id
    make_user(business_id)
    make_user(business_id, "developer")
    members = {each["role"]: each["id"] for each in merchant.get("/v1/team_members").json["data"]}
    wide = {"name": "Wide", "permissions": ["orders.read", "team.write"]}

    refused = [
        merchant.post("/v1/team_invitations", {"email": "a@people.example", "role": "owner"}),
        merchant.call("PATCH", f"/v1/team_members/{members['developer']}", {"role": "owner"}),
        merchant.call("PATCH", f"/v1/team_members/{members['owner']}", {"role": "viewer"}),
        merchant.call("DELETE", f"/v1/team_members/{members['owner']}"),
        merchant.post("/v1/roles", wide),
    ]

    assert {(answer.status_code, answer.json["code"]) for answer in refused} == {(403, "beyond_own_role")}


def test_a_role_has_what_it_needs_and_its_limits(merchant) -> None:
    limits = [{"kind": "refund", "currency": "USD", "amount_minor": 5000}]
    body = {"name": "First line", "permissions": ["refunds.write"], "limits": limits}

    made = merchant.post("/v1/roles", body)
    path = f"/v1/roles/{made.json['id']}"

    assert made.json["permissions"] == ["approvals.read", "home.read", "orders.read", "refunds.write"]
    assert made.json["limits"] == limits
    assert merchant.post("/v1/roles", body).json["code"] == "role_exists"
    assert merchant.post("/v1/roles", {**body, "name": "Owner"}).json["code"] == "invalid_role"
    changed = merchant.post(path, {**body, "name": "Second line", "limits": []}, once=None)
    assert (changed.json["name"], changed.json["limits"], changed.json["version"]) == ("Second line", [], 2)
    late = merchant.post(path, {**body, "name": "Third line", "version": 1}, once=None)
    assert (late.status_code, late.json["code"], late.json["details"]["version"]) == (409, "version_conflict", 2)
    assert late.json["details"]["changes"]["name"] == {"before": "Second line", "after": "Third line"}
    assert [each["name"] for each in merchant.get("/v1/roles").json["data"]][-1] == "Second line"
    manage_team.invite(merchant.shop.business_id, email="b@people.example", role=made.json["id"], actor="test")
    assert merchant.call("DELETE", path).json["code"] == "role_in_use"
    [waiting] = merchant.get("/v1/team_invitations").json["data"]
    merchant.post(f"/v1/team_invitations/{waiting['id']}/revoke", once=None)
    assert merchant.call("DELETE", path).status_code == 204
    assert made.json["id"] == show("rol", ids.parse("rol", made.json["id"]))


def test_an_address_that_is_none_and_one_that_is_known(merchant) -> None:
    login = make_user(merchant.shop.business_id)

    for email in ("ada", "ada@", "@people.example", "a b@people.example", "a@people.example,b@people.example"):
        assert merchant.post("/v1/team_invitations", {"email": email, "role": "viewer"}).json["code"] == "invalid_email"
    known = merchant.post("/v1/team_invitations", {"email": login.email, "role": "viewer"})
    nothing = merchant.post("/v1/team_invitations", {"email": "c@people.example", "role": "nothing"})

    assert (known.status_code, known.json["code"]) == (409, "already_in_team")
    assert nothing.status_code == 404
