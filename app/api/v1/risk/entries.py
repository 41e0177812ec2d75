"""Lists: whom a business trusts, watches and refuses."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import PRINTABLE, Answer, Moment, MomentIn, OneOf, QueryShape, Shape, moment_in, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.risk.types import EntryKind, EntrySource, ListName
from app.domain.risk.values import MAX_VALUE
from app.lib.masking import masked
from app.read.risk import entries as read
from app.workflow.risk import manage_entries
from app.workflow.risk.manage_entries import MAX_REASON, EntryCommand

ListWord = Annotated[
    str, OneOf(ListName), Field(description="`allow` beats `watch`; `block` beats `allow` where a rule says so.")
]
KindWord = Annotated[str, OneOf(EntryKind)]
Value = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_VALUE,
        description="A buyer reference, email address, domain, phone number with country code, IP address or network "
        "(CIDR), or device. Kept without the alias of a mailbox.",
        examples=["someone@mail.example"],
    ),
    PRINTABLE,
]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON, examples=["Chargebacks in May"]), PRINTABLE]
Until = Annotated[MomentIn | None, Field(description="Null: until it is removed.")]

FILE = Upload(
    manage_entries.MAX_FILE_BYTES,
    QueryShape,
    "CSV (UTF-8) with the columns `list`, `kind`, `value`, `reason` and, if used, `expires_at`; up to 100,000 rows.",
)


class RiskEntryRequest(Shape):
    """A value to be put on a list."""

    list: ListWord
    kind: KindWord
    value: Value
    reason: Reason
    expires_at: Until = None


class RiskEntryChange(Shape):
    """Why an entry is there from now on, and until when; members that are absent stay as they are."""

    reason: Reason | None = None
    expires_at: Until = None


class RiskEntry(Answer):
    """A value on a list."""

    id: str
    list: ListWord
    kind: KindWord
    value: str
    reason: str
    source: Annotated[str, OneOf(EntrySource)]
    added_by: str
    expires_at: Moment | None
    hits: Annotated[int, Field(description="Payments that it matched.")]
    last_hit_at: Moment | None
    created_at: Moment


class RiskEntryImport(Answer):
    """What a file did."""

    added: Annotated[int, Field(description="Entries that are new.")]
    replaced: Annotated[int, Field(description="Entries that took the reason and expiry of their row.")]


class RiskEntryQuery(ListQuery):
    """Which entries."""

    list: Annotated[str, OneOf(ListName)] | None = None
    kind: KindWord | None = None
    value: Annotated[str, Field(min_length=1, max_length=MAX_VALUE, description="How it begins."), PRINTABLE] | None = (
        None
    )
    expired: Annotated[Literal["true", "false"] | None, Field(description="Filter by entries that are over.")] = None


@v1.get("/risk/entries", query=RiskEntryQuery, answer=Page[RiskEntry], permission="risk.read", tag="Risk")
def list_risk_entries(caller: KeyCaller, query: RiskEntryQuery) -> Page[RiskEntry]:
    """List entries.

    Newest first.
    """
    found = read.list_entries(
        caller.business_id,
        list_name=query.list,
        kind=query.kind,
        value=query.value,
        expired=None if query.expired is None else query.expired == "true",
        after=query.after(),
        limit=query.limit,
    )
    counted = read.hits(caller.business_id, [row.id for row in found])
    return page_of(
        found,
        limit=query.limit,
        item=lambda row: _entry(row, caller, counted[row.id]),
        key=lambda row: (row.created_at, row.id),
    )


@v1.post(
    "/risk/entries",
    body=RiskEntryRequest,
    answer=RiskEntry,
    status=201,
    permission="risk.write",
    idempotent=True,
    tag="Risk",
    errors=("invalid_risk_entry", "risk_entry_exists", "too_many_risk_entries"),
)
def create_risk_entry(caller: KeyCaller, body: RiskEntryRequest, claim_id: UUID) -> Callable[[], RiskEntry]:
    """Put a value on a list.

    Entries act through the rules of your rule set.
    """
    command = EntryCommand(
        list_name=ListName(body.list),
        kind=EntryKind(body.kind),
        value=body.value,
        reason=body.reason,
        expires_at=moment_in(body.expires_at),
    )
    manage_entries.add(caller.business_id, command, source=EntrySource.API, actor=caller.actor, entry_id=claim_id)
    return lambda: _one(caller, claim_id)


@v1.post(
    "/risk/entries/import",
    upload=FILE,
    answer=RiskEntryImport,
    permission="risk.write",
    tag="Risk",
    errors=("invalid_risk_file", "too_many_risk_entries"),
)
def import_risk_entries(caller: KeyCaller, upload: Uploaded) -> RiskEntryImport:
    """Import entries from a file.

    If one row is wrong, nothing is imported. A value that is on its list takes the reason and expiry of its row.
    """
    content = upload.file.read()
    found = manage_entries.import_file(caller.business_id, content, actor=caller.actor)
    return RiskEntryImport(added=found.added, replaced=found.replaced)


@v1.get("/risk/entries/{risk_entry_id}", answer=RiskEntry, permission="risk.read", tag="Risk")
def get_risk_entry(caller: KeyCaller, risk_entry_id: str) -> RiskEntry:
    """Get an entry."""
    return _one(caller, parse("rle", risk_entry_id))


@v1.patch(
    "/risk/entries/{risk_entry_id}",
    body=RiskEntryChange,
    answer=RiskEntry,
    permission="risk.write",
    tag="Risk",
    errors=("invalid_risk_entry",),
)
def change_risk_entry(caller: KeyCaller, risk_entry_id: str, body: RiskEntryChange) -> RiskEntry:
    """Change why an entry is there, and until when."""
    now = read.get_entry(caller.business_id, parse("rle", risk_entry_id))
    is_given = "expires_at" in body.model_fields_set
    manage_entries.change(
        caller.business_id,
        now.id,
        reason=body.reason or now.reason,
        expires_at=moment_in(body.expires_at) if is_given else now.expires_at,
    )
    return _one(caller, now.id)


@v1.delete("/risk/entries/{risk_entry_id}", status=204, permission="risk.write", tag="Risk")
def remove_risk_entry(caller: KeyCaller, risk_entry_id: str) -> None:
    """Take an entry off its list.

    Decisions that it led to stay.
    """
    manage_entries.remove(caller.business_id, parse("rle", risk_entry_id))


def _one(caller: KeyCaller, entry_id: UUID) -> RiskEntry:
    found = read.get_entry(caller.business_id, entry_id)
    return _entry(found, caller, read.hits(caller.business_id, [entry_id])[entry_id])


def _entry(row: read.EntryRow, caller: KeyCaller, hits: read.Hits) -> RiskEntry:
    return RiskEntry(
        id=show("rle", row.id),
        list=row.list_name,
        kind=row.kind,
        value=row.value if caller.may("buyers.read") else masked(row.value),
        reason=row.reason,
        source=row.source,
        added_by=row.added_by,
        expires_at=moment_text(row.expires_at),
        hits=hits.count,
        last_hit_at=moment_text(hits.last_at),
        created_at=moment_text(row.created_at),
    )
