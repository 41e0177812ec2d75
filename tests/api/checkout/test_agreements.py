"""Agreements over the API: drafts, previews, published versions, and who must accept them."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app.core.db.models import AuditEntry
from app.core.ids import new_id, parse, show

TERMS = {"code": "terms", "name": "Terms"}
TEXT = {"locale": "en", "title": "Terms of sale", "body": "# Terms\r\n\r\nBe **kind**."}


def _made(merchant, **more) -> str:
    answer = merchant.post("/v1/agreements", {**TERMS, **more})
    assert answer.status_code == 201, answer.text
    return f"/v1/agreements/{answer.json['id']}"


def test_a_text_is_written_looked_at_and_published(merchant) -> None:
    path = _made(merchant)

    early = merchant.get(f"{path}/preview?locale=en")
    draft = merchant.post(f"{path}/draft", TEXT, once=None).json
    shown = merchant.get(f"{path}/preview?locale=EN").json
    published = merchant.post(f"{path}/publish", {"locale": "en", "seen": 1}, once=None)
    again = merchant.post(f"{path}/publish", {"locale": "en"}, once=None)
    now = merchant.get(path).json

    assert early.status_code == 404
    assert [(each["locale"], each["saved"]) for each in draft["drafts"]] == [("en", 1)]
    assert draft["current"] == []
    assert (shown["is_draft"], shown["saved"], shown["version"]) == (True, 1, 1)
    assert (shown["body"], "<strong>kind</strong>" in shown["html"]) == ("# Terms\n\nBe **kind**.", True)
    assert published.status_code == 201
    assert (published.json["current"], published.json["accepted"], published.json["body"]) == (True, 0, shown["body"])
    assert published.json["published_by"].startswith("key:key_")
    assert (again.status_code, again.json["code"]) == (409, "draft_changed")
    assert [each["id"] for each in now["current"]] == [published.json["id"]]
    assert now["drafts"] == []
    assert merchant.get(f"{path}/versions/{published.json['id']}").json == published.json


def test_versions_are_listed_and_the_last_one_counts(merchant) -> None:
    path = _made(merchant)
    for body in ("One.", "Two.", "Two."):
        merchant.post(f"{path}/draft", {**TEXT, "body": body}, once=None)
        merchant.post(f"{path}/publish", {"locale": "en"}, once=None)

    first = merchant.get(f"{path}/versions?limit=1").json
    rest = merchant.get(f"{path}/versions?cursor={first['next_cursor']}").json

    answers = [(each["version"], each["current"]) for each in (*first["data"], *rest["data"])]
    assert answers == [(2, True), (1, False)], "the same text again makes no new version"
    assert merchant.get(f"/v1/agreements/{show('agt', new_id())}/versions").status_code == 404


def test_nobody_overwrites_what_they_have_not_seen(merchant) -> None:
    path = _made(merchant)
    merchant.post(f"{path}/draft", {**TEXT, "seen": 0}, once=None)

    late = merchant.post(f"{path}/draft", {**TEXT, "seen": 0}, once=None)
    moved = merchant.post(f"{path}/publish", {"locale": "en", "seen": 2}, once=None)
    on_time = merchant.post(f"{path}/draft", {**TEXT, "seen": 1}, once=None)
    discarded = [merchant.post(f"{path}/discard", {"locale": "EN"}, once=None).json["drafts"] for _ in range(2)]

    assert {(each.status_code, each.json["code"]) for each in (late, moved)} == {(409, "draft_changed")}
    assert on_time.json["drafts"][0]["saved"] == 2
    assert discarded == [[], []]


def test_the_audience_of_an_agreement_is_changed_and_ended(merchant) -> None:
    product = show("prd", merchant.shop.product_id)
    path = _made(merchant, product_ids=[product])

    everybody = merchant.call("PATCH", path, {"product_ids": []}).json
    nobody = merchant.call("PATCH", path, {"enabled": False}).json
    absent = merchant.call("PATCH", path, {"product_ids": [show("prd", new_id())]})
    [listed] = merchant.get("/v1/agreements").json["data"]

    assert (everybody["required_for"], everybody["product_ids"], everybody["enabled"]) == ("everybody", [], True)
    assert (nobody["enabled"], nobody["name"]) == (False, "Terms")
    assert absent.status_code == 404
    assert listed == nobody
    changed = select(AuditEntry.actor).where(AuditEntry.subject_id == parse("agt", listed["id"]))
    assert {row.actor.split("_")[0] for row in merchant.shop.many(changed)} == {"key:key"}


def test_an_agreement_is_made_once(merchant) -> None:
    key = str(uuid.uuid4())

    first, again = (merchant.post("/v1/agreements", TERMS, once=key) for _ in range(2))
    response = merchant.post("/v1/agreements", TERMS)

    assert (first.status_code, again.json) == (201, first.json)
    assert (response.status_code, response.json["code"], response.json["param"]) == (409, "code_taken", "code")
    assert len(merchant.get("/v1/agreements").json["data"]) == 1


@pytest.mark.parametrize(
    ("text", "code", "param"),
    [
        ({"locale": "english"}, "invalid_parameter", "locale"),
        ({"title": " "}, "invalid_agreement", "title"),
        ({"body": "\n "}, "invalid_agreement", "body"),
        ({"body": "a\x00b"}, "invalid_agreement", "body"),
        ({"body": "x" * 60_001}, "invalid_parameter", "body"),
        ({"seen": -1}, "invalid_parameter", "seen"),
    ],
)
def test_a_text_that_cannot_be_is_refused(merchant, text, code: str, param: str) -> None:
    answer = merchant.post(f"{_made(merchant)}/draft", {**TEXT, **text}, once=None)

    assert (answer.status_code, answer.json["code"], answer.json["param"]) == (422, code, param)
