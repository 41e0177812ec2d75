"""Every operation × every kind of key × one's own, another's and nobody's objects, drawn from the table of operations:
who may not is refused as the document says, another business's id looks absent wherever it stands in a request, nothing
falls over, and what is refused changes nothing."""

from __future__ import annotations

import dataclasses
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import String, cast, func, select, update
from werkzeug.test import TestResponse

from app.api.docs.examples import example
from app.api.kit.operation import Operation
from app.api.kit.shapes import ID_PATTERN
from app.api.v1 import v1
from app.core import db
from app.core.clock import now
from app.core.ids import new_id, show
from app.domain.accounts.business.models import ApiKey, Business
from app.domain.accounts.business.scopes import GRANTABLE
from app.workflow.accounts.manage_keys import KeyCommand, create_key, make_key, revoke_key
from tests.api.conftest import Merchant
from tests.api.test_access import BODIES, ids_of
from tests.factories.bank_reports import pain002
from tests.factories.files import image
from tests.factories.shop import Shop

SHOWN_ID = re.compile(rf"\b([a-z]{{2,4}})_{ID_PATTERN}\b")
REPORT = pain002(("NOTOURS", "ACSC", ""))
UPLOADS = {
    "start_product_import": (b"sku\n", {}),
    "start_buyer_import": (b"reference\n", {}),
    "start_membership_import": (b"buyer,sku,ends\n", {}),
    "set_logo": (image(), {}),
    "send_bank_report": (REPORT, {}),
    "import_risk_entries": (b"list,kind,value,reason\n", {}),
    "attach_adjustment_document": (b"%PDF-", {"name": "terms.pdf"}),
}
# What is true of the caller itself, and changes with every call.
OF_THE_CALL = {"api_keys", "request_logs"}
# A merchant's own name for a buyer is no id: what it names is empty, never absent.
FREE_NAMES = {"buyer_reference"}
# Files are for the key that requested them, what was retried is abandoned no more, and no system is called here.
MISSING = {
    "mend_case_by_action",
    "get_export",
    "get_export_file",
    "discard_dead_letter",
    "get_callback",
    "get_participant",
}
# What it is asked to do takes a permission of its own; the archive names buyers.
NEEDS_MORE = {"mend_case_by_action", "create_business_archive", "copy_business_items"}
# These keys were made by nobody, and what takes two people counts who made a key.
TAKES_PEOPLE = {"key_without_person", "second_person_needed", "own_request", "over_key_limit"}
ILL_FORMED = {"invalid_parameter", "malformed_body", "unsupported_media_type"}

Ids = Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Keys:
    """Keys of one business: what all of them may, and those that are none."""

    full: str
    none: dict[str, str | None]
    exactly: dict[str, str]
    all_but: dict[str, str]


def test_operations_keys_and_businesses(
    merchant: Merchant, merchant_of: Callable[[Shop], Merchant], new_shop: Callable[..., Shop]
) -> None:
    theirs, live = merchant_of(new_shop()), merchant_of(new_shop())
    own = ids_of(merchant)
    nobody = {name: show(_prefix(shown), new_id()) for name, shown in own.items()}
    strangers = {"another's": ids_of(theirs), "the live twin's": ids_of(live)}
    _make_twins(test=merchant.shop, live=live.shop)
    keys = _keys_of(merchant.shop, merchant.key)
    before = [_everything(each.shop) for each in (merchant, theirs, live)]
    wrong: list[str] = []

    for operation in v1.operations:
        refused = _Refusals(merchant, operation, keys)
        wrong += [*refused.by_key(own), *refused.by_scope(own, strangers["another's"])]
        wrong += refused.by_owner(own, nobody, strangers)
    after = [_everything(each.shop) for each in (merchant, theirs, live)]
    for was, became in zip(before, after, strict=True):
        wrong += [f"{table} changed" for table in was if was[table] != became[table]]
    wrong += list(_of_ones_own(merchant, keys, own))

    assert not wrong, "\n".join(wrong)


@dataclasses.dataclass(frozen=True)
class _Refusals:
    """One operation, and who is refused: each method yields what is wrong with that."""

    merchant: Merchant
    operation: Operation
    keys: Keys

    def by_key(self, own: Ids) -> Iterator[str]:
        """What is no secret key that counts."""
        for kind, key in self.keys.none.items():
            answer = self.ask(key, own)
            if answer.status_code != 401 or not answer.headers["WWW-Authenticate"].startswith("Bearer"):
                yield f"{self.operation.name} with {kind}: {answer.status_code}"

    def by_scope(self, own: Ids, foreign: Ids) -> Iterator[str]:
        """Every other scope: refused before anything is looked for."""
        for ids in (own, foreign):
            answer = self.ask(self.keys.all_but[self.operation.permission], ids)
            code = answer.json.get("code") if answer.is_json or answer.status_code >= 400 else None
            if (answer.status_code, code) != (403, "denied") or self.operation.permission not in answer.text:
                yield f"{self.operation.name} without its scope: {answer.status_code} {code}"

    def by_owner(self, own: Ids, nobody: Ids, strangers: Mapping[str, Ids]) -> Iterator[str]:
        """Another's ids: in the path and within; and within alone."""
        places = [("", None)] if set(self.operation.path_names) - FREE_NAMES else []
        places += [(" within", own)] if _names_within(self.merchant, self.operation) else []
        scope = self.operation.permission
        exact = self.keys.full if self.operation.name in NEEDS_MORE else self.keys.exactly.get(scope, self.keys.full)
        for key in {self.keys.full, exact}:
            for place, path in places:
                absent = self.ask(key, path or nobody, nobody)
                if not place and absent.status_code != 404:
                    yield f"{self.operation.name}{place} of nobody's: {absent.status_code}"
                for whose, ids in strangers.items():
                    foreign = self.ask(key, path or ids, ids)
                    if _revealed(foreign, ids, own) != _revealed(absent, nobody, own):
                        difference = (
                            f"{foreign.status_code} {foreign.text[:300]}, not {absent.status_code} {absent.text[:300]}"
                        )
                        yield f"{self.operation.name}{place} of {whose}: {difference}"

    def ask(self, key: str | None, path_ids: Ids, ids_within: Ids | None = None) -> TestResponse:
        return _request(self.merchant, self.operation, key, path_ids, ids_within or path_ids)


def _of_ones_own(merchant: Merchant, keys: Keys, own: Ids) -> Iterator[str]:
    """What a key may do with its business's own, it does, asked as the document's example says; what ends something
    comes last. The second time there may be nothing left to be done."""
    rank = ["GET", "PATCH", "POST", "DELETE"]
    for operation in sorted(v1.operations, key=lambda each: rank.index(each.method)):
        exact = keys.exactly.get(operation.permission) if operation.name not in NEEDS_MORE else None
        for key in filter(None, (exact, keys.full)):
            answer = _request(merchant, operation, key, own, own)
            may_be_gone = (key == keys.full and exact and operation.method != "GET") or operation.name in MISSING
            if answer.status_code == 403 and answer.json["code"] in TAKES_PEOPLE:
                continue
            if answer.status_code in (401, 403) or answer.status_code >= 500:
                yield f"{operation.name} with its own: {answer.status_code} {answer.text[:300]}"
            elif answer.status_code == 404 and not may_be_gone:
                yield f"{operation.name} does not find its own: {answer.text[:300]}"
            elif answer.status_code in (400, 415, 422) and answer.json["code"] in ILL_FORMED:
                yield f"{operation.name} cannot be asked as its example says: {answer.text[:300]}"


def _request(merchant: Merchant, operation: Operation, key: str | None, path_ids: Ids, within: Ids) -> TestResponse:
    path = "/v1" + operation.path.format(**{"buyer_reference": "buyer-1", **path_ids})
    headers = {"Authorization": "" if key is None else f"Bearer {key}"}
    headers |= {"Idempotency-Key": str(uuid.uuid4())} if operation.idempotent else {}
    query = _with_ids(_example_query(merchant, operation), within)
    body = _with_ids(_example_body(merchant, operation), within)
    return merchant.call(operation.method, path + query, body, headers)


def _with_ids(sent: Any, ids: Ids) -> Any:
    """The same with these ids in the places of all that stand in it."""
    by_prefix = {_prefix(shown): shown for shown in ids.values()}
    if sent is None or isinstance(sent, bytes | tuple):
        return sent
    text = sent if isinstance(sent, str) else json.dumps(sent)
    text = SHOWN_ID.sub(lambda found: by_prefix.get(found[1], found[0]), text)
    return text if isinstance(sent, str) else json.loads(text)


def _prefix(shown: str) -> str:
    return shown.rpartition("_")[0]


def _example_body(merchant: Merchant, operation: Operation) -> Any:
    if operation.upload is not None:
        return UPLOADS.get(operation.name) or BODIES.get(operation.name, image())
    if operation.body is None:
        return None
    if operation.name in BODIES:
        return BODIES[operation.name]
    content = merchant.document.operation(operation.name)["requestBody"]["content"]["application/json"]
    return example(content["schema"], merchant.document.shown["components"]["schemas"])


def _example_query(merchant: Merchant, operation: Operation) -> str:
    """The parameters that are ids, and those that are needed."""
    shown = []
    for parameter in merchant.document.operation(operation.name)["parameters"]:
        value = example(parameter["schema"], {}, parameter["name"])
        if parameter["in"] == "query" and (parameter["required"] or SHOWN_ID.match(str(value))):
            shown.append(f"{parameter['name']}={value}")
    return "?" + "&".join(shown) if shown else ""


def _names_within(merchant: Merchant, operation: Operation) -> bool:
    sent = json.dumps([_example_query(merchant, operation), _example_body(merchant, operation)], default=str)
    return bool(SHOWN_ID.search(sent))


def _revealed(answer: TestResponse, requested: Ids, own: Ids) -> tuple[int, str]:
    """What the caller learns: all of the answer, but for the ids that were asked for and the request's own."""
    text = re.sub(r'"request_id": ?"[^"]*"', "", answer.text)
    for shown in {*requested.values(), *own.values()}:
        text = text.replace(shown, "<asked>")
    return answer.status_code, text


def _keys_of(shop: Shop, full: str) -> Keys:
    revoked = create_key(shop.business_id, name="revoked", kind="secret")
    revoke_key(shop.business_id, revoked.id)
    expired = create_key(shop.business_id, name="expired", kind="secret")
    with db.phase("test.expire", shop.business_id):
        db.write(db.change(ApiKey, expired.id, expires_at=now()), expect=1)
    scopes = {operation.permission for operation in v1.operations}
    return Keys(
        full=full,
        none={
            "no key": None,
            "an empty key": "",
            "an invented key": "sk_test_nothing",
            "a long key": "sk_" + "x" * 500,
            "a publishable key": create_key(shop.business_id, name="page", kind="publishable").secret,
            "a revoked key": revoked.secret,
            "an expired key": expired.secret,
        },
        exactly={scope: _restricted(shop, {scope}) for scope in sorted(scopes & GRANTABLE)},
        all_but={scope: _restricted(shop, GRANTABLE - {scope, _writing(scope)}) for scope in sorted(scopes)},
    )


def _writing(scope: str) -> str:
    """The scope that includes it."""
    return scope.removesuffix(".read") + ".write" if scope.endswith(".read") else scope


def _restricted(shop: Shop, scopes: set[str] | frozenset[str]) -> str:
    return make_key(shop.business_id, KeyCommand("x", scopes=scopes), kind="restricted", actor="system").secret


def _make_twins(*, test: Shop, live: Shop) -> None:
    with db.system_phase("test.twins"):
        for one, other, mode in ((test, live, "test"), (live, test, "live")):
            known = update(Business).where(Business.id == one.business_id)
            db.write(known.values(mode=mode, twin_id=other.business_id), expect=1)


def _everything(shop: Shop) -> dict[str, str]:
    """What each table holds of a business."""
    held: dict[str, str] = {}
    with db.reading(shop.business_id):
        for name, table in db.Base.metadata.tables.items():
            if "business_id" in table.c and name not in OF_THE_CALL:
                whole = cast(table.table_valued(), String)
                rows = select(func.md5(func.string_agg(whole, "\n"))).where(table.c.business_id == shop.business_id)
                held[name] = str(db.scalar(rows))
    return held
