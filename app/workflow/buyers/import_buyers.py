"""Rows of a file of buyers, compared with who is there, and written. An address or number from a file is only said,
never proven by it; one that was proven stays."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import clock, db, outbox, states
from app.core.db import bulk
from app.core.ids import new_id, show
from app.domain.buyers import rules, service
from app.domain.buyers.errors import InvalidBuyer
from app.domain.buyers.models import Buyer, BuyerConsent
from app.domain.buyers.states import BUYER, BuyerStatus
from app.domain.buyers.types import BuyerChanges, BuyerCommand
from app.domain.catalog.models import ProductImport, ProductImportRow
from app.domain.catalog.sheet import Verdict

BATCH = 300
ATTRIBUTE, CONSENT = PREFIXES = ("attribute.", "consent.")
_ADDRESS = {
    **{"address_name": "name", "address_line1": "line1", "address_line2": "line2", "postal_code": "postal_code"},
    **{"city": "city", "state": "state", "country": "country", "address_phone": "phone"},
}
COLUMNS = ("reference", "email", "phone", "name", "language", "groups", *_ADDRESS, "consent_source")
_CONSENT = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_TEXTS: tuple[tuple[str, str, Callable[[str | None], str | None]], ...] = (
    ("email", "email", rules.normal_email),
    ("phone", "phone", rules.normal_phone),
    ("name", "name", rules.clean_name),
    ("language", "locale", rules.clean_locale),
)
_buyers, _consents = db.table(Buyer), db.table(BuyerConsent)


@dataclass(frozen=True)
class KnownBuyers:
    """Who is there of all that a batch of rows names, by reference; and which consents are in force, by buyer and
    kind."""

    rows: Mapping[str, Buyer]
    consents: Mapping[tuple[uuid.UUID, str], bool]

    def judge(self, values: Mapping[str, str]) -> Verdict:
        """What the row does now. An empty cell, like an absent column, leaves things as they are."""
        errors: dict[str, str] = {}
        known = self.rows.get(values["reference"])
        try:
            rules.clean_reference(values["reference"])
        except InvalidBuyer as error:
            errors["reference"] = error.message
        if known is not None and known.status != BuyerStatus.ACTIVE:
            errors["reference"] = f"this buyer was {known.status}"
        wanted = _wanted(values, known, errors)
        consents = _consents_of(values, errors)
        if errors:
            return Verdict("refused", errors)
        if known is not None:
            consents = {
                kind: given for kind, given in consents.items() if self.consents.get((known.id, kind)) is not given
            }
        changes = _compared(known, wanted) | {
            f"{CONSENT}{kind}": ["", "yes" if given else "no"] for kind, given in consents.items()
        }
        kind = "create" if known is None else "change" if changes else "unchanged"
        return Verdict(kind, {}, changes if known is not None else {}, {"wanted": wanted, "consents": consents})


def load(_run: ProductImport, rows: Sequence[Mapping[str, str]], *, lock: bool) -> KnownBuyers:
    """Who these rows are about; with `lock` they are locked in the order of their ids."""
    references = sorted({values["reference"] for values in rows})
    query = select(_buyers).where(_buyers.c.business_id == db.here(), _buyers.c.reference.in_(references))
    query = query.order_by(_buyers.c.id)
    found = db.rows(query.with_for_update() if lock else query)
    if not any(name.startswith(CONSENT) for values in rows for name in values):
        return KnownBuyers({row.reference: row for row in found}, {})
    youngest = select(_consents).where(
        _consents.c.business_id == db.here(), _consents.c.buyer_id.in_([row.id for row in found])
    )
    youngest = youngest.ext(distinct_on(_consents.c.buyer_id, _consents.c.kind))
    ordered = youngest.order_by(_consents.c.buyer_id, _consents.c.kind, _consents.c.id.desc())
    consents = {(row.buyer_id, row.kind): row.granted for row in db.rows(ordered)}
    return KnownBuyers({row.reference: row for row in found}, consents)


def write(run: ProductImport, rows: Sequence[ProductImportRow]) -> Mapping[int, Verdict]:
    """Write what the rows ask for; those that were refused after all, by line. Emits `buyer.created` and
    `buyer.updated`."""
    there = load(run, [row.cells for row in rows], lock=True)
    refused: dict[int, Verdict] = {}
    made: dict[uuid.UUID, dict[str, object]] = {}
    consents: list[dict[str, object]] = []
    for row in rows:
        verdict, known = there.judge(row.cells), there.rows.get(row.cells["reference"])
        if verdict.kind == "refused":
            refused[row.line] = verdict
        elif verdict.kind != "unchanged":
            buyer_id = known.id if known is not None else new_id()
            if known is None:
                made[buyer_id] = _new(row.cells["reference"], verdict.values["wanted"])
            else:
                service.change(known, verdict.values["wanted"])
            consents += _new_consents(run, row, buyer_id, verdict.values["consents"])
    bulk.insert(Buyer, [{"id": buyer_id, **columns} for buyer_id, columns in made.items()])
    states.born_at(BUYER, list(made), BUYER.initial, reason="import", actor=run.actor)
    outbox.emit_first("buyer.created", {buyer_id: {"buyer_id": str(buyer_id)} for buyer_id in made})
    bulk.insert(BuyerConsent, consents)
    return refused


def _wanted(values: Mapping[str, str], known: Buyer | None, errors: dict[str, str]) -> BuyerChanges:
    """What the row says of the buyer; what is wrong goes to `errors`, by column."""
    wanted: dict[str, object] = {}
    for column, name, clean in _TEXTS:
        if values.get(column):
            with _noting(errors, column):
                wanted[name] = clean(values[column])
    for name in ("email", "phone"):
        proven = known is not None and getattr(known, f"{name}_verified_at") is not None
        if proven and name in wanted and wanted[name] != getattr(known, name):
            errors[name] = "this buyer has proven another one, which a file does not replace"
    if values.get("groups"):
        with _noting(errors, "groups"):
            wanted["groups"] = rules.clean_groups(re.split(r"[,;]", values["groups"]))
    own = {name.removeprefix(ATTRIBUTE): text for name, text in values.items() if name.startswith(ATTRIBUTE) and text}
    if own:
        with _noting(errors, "attributes"):
            wanted["attributes"] = rules.clean_attributes({**(known.attributes if known else {}), **own})
    lines = {name: values[column] for column, name in _ADDRESS.items() if values.get(column)}
    if lines:
        with _noting(errors, "country"):
            wanted["addresses"] = [rules.clean_address(lines), *(known.addresses[1:] if known else ())]
    return cast(BuyerChanges, wanted)


@contextmanager
def _noting(errors: dict[str, str], column: str) -> Iterator[None]:
    """Writes a refusal of what is done inside down as the error of a column."""
    try:
        yield
    except InvalidBuyer as error:
        errors[column] = error.message


def _consents_of(values: Mapping[str, str], errors: dict[str, str]) -> dict[str, bool]:
    found = {}
    for column, text in values.items():
        kind = column.removeprefix(CONSENT)
        if not column.startswith(CONSENT) or not text:
            continue
        if not _CONSENT.fullmatch(kind):
            errors[column] = "a consent is named with small letters, digits and _"
        elif text.lower() not in _YES + _NO:
            errors[column] = "yes or no"
        else:
            found[kind] = text.lower() in _YES
    if len(values.get("consent_source", "")) > rules.MAX_NAME:
        errors["consent_source"] = f"at most {rules.MAX_NAME} characters"
    elif found and not values.get("consent_source"):
        errors["consent_source"] = "say where the consent is from"
    return found


def _compared(known: Buyer | None, wanted: BuyerChanges) -> dict[str, list[str]]:
    """What becomes another, as [before, after] by column."""
    if known is None:
        return {}
    after: Mapping[str, Any] = wanted
    return {
        "language" if name == "locale" else name: [_shown(getattr(known, name)), _shown(value)]
        for name, value in after.items()
        if value != getattr(known, name)
    }


def _shown(value: Any) -> str:
    if isinstance(value, list):
        text = "; ".join(_shown(each) for each in value)
    elif isinstance(value, dict):
        text = ", ".join(f"{name}: {each}" for name, each in value.items())
    else:
        text = value or ""
    return str(text)[:200]


def _new(reference: str, wanted: BuyerChanges) -> dict[str, object]:
    columns = service.columns_of(BuyerCommand(**wanted))
    shared = {"status": BUYER.initial, "version": 1, "source": "import", "changed_at": clock.now()}
    return {"reference": rules.clean_reference(reference), **shared, **columns}


def _new_consents(
    run: ProductImport, row: ProductImportRow, buyer_id: uuid.UUID, consents: Mapping[str, bool]
) -> list[dict[str, object]]:
    return [
        bulk.row(
            BuyerConsent,
            id=new_id(),
            buyer_id=buyer_id,
            kind=kind,
            granted=granted,
            source=row.cells["consent_source"],
            evidence={"import": show("imp", run.id), "line": str(row.line)},
        )
        for kind, granted in consents.items()
    ]
