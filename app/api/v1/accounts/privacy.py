"""Personal data: for how long it is kept, and one buyer's to have and to be erased."""

from typing import Annotated, Any

from pydantic import Field

from app.api.kit.shapes import Answer, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.errors import AppError, Invalid
from app.read.accounts import personal_data, retention
from app.workflow.accounts import erase_buyer, request_erasure
from app.workflow.accounts import set_retention as set_retention_


class BuyerNamed(Shape):
    """One buyer, by one of the three."""

    buyer_reference: ShortText | None = None
    buyer_email: Annotated[str | None, Field(max_length=254, examples=["ada@example.com"])] = None
    buyer_phone: Annotated[str | None, Field(max_length=16, examples=["+4915112345678"])] = None


class ErasureRequest(BuyerNamed):
    """Who is to be erased, and why."""

    reason: Annotated[ShortText, Field(description="Stored with the pseudonym; do not name the buyer.")]


class PersonalData(Answer):
    """Everything that is kept of one buyer."""

    buyer: Annotated[dict[str, Any], Field(description="The buyer’s `references`, `emails` and `phones`.")]
    made_at: str
    data: Annotated[dict[str, Any], Field(description="Lists of rows: orders, payments, emails, memberships and more.")]


class Erasure(Answer):
    """What became of the buyer."""

    pseudonym: Annotated[str, Field(description="The `buyer_reference` from now on.")]
    rows: Annotated[int, Field(description="Number of rows that named the buyer.")]


@v1.post("/privacy/exports", body=BuyerNamed, answer=PersonalData, permission="privacy.write", tag="Settings",
         errors=("invalid_buyer",))  # fmt: skip
def export_personal_data(caller: KeyCaller, body: BuyerNamed) -> PersonalData:
    """Get everything that is kept of one buyer.

    From a reference follow its addresses and numbers; those that other buyers have too are left out.
    """
    buyer = _find(caller, body)
    found = personal_data.personal_data(
        caller.business_id, references=buyer.references, emails=buyer.emails, phones=buyer.phones
    )
    return PersonalData(buyer=found.pop("buyer"), made_at=found.pop("made_at"), data=found)


@v1.post("/privacy/erasures", body=ErasureRequest, answer=Erasure, permission="privacy.write", tag="Settings",
         errors=("invalid_buyer", "buyer_has_orders", "buyer_has_contracts", "buyer_has_money",
                 "approval_needed", "key_without_person",
                 "erasure_needs_person"))  # fmt: skip
def erase_buyer_data(caller: KeyCaller, body: ErasureRequest) -> Erasure:
    """Ask for one buyer to be erased, for good.

    It takes two people: `approval_needed` names the approval that somebody in the portal decides; look there for the
    end. Reference, email address and phone number are replaced by a pseudonym wherever they stand; amounts, dates and
    states stay. An order must not be under way, and the wallet must be empty.
    """
    by, value = _named(body)
    done = request_erasure.erase_or_request(
        caller.business_id, by=by, value=value, reason=body.reason, actor=caller.actor
    )
    if isinstance(done, AppError):
        raise done
    return Erasure(pseudonym=done[0], rows=done[1])


class RetentionOfKind(Answer):
    """For how long one kind of personal data is kept."""

    kind: Annotated[str, Field(examples=["requests"])]
    title: str
    days: Annotated[int | None, Field(description="Days until removal; null: kept as long as the ledger.")]
    least_days: Annotated[int | None, Field(description="Minimum number of days; null: not configurable.")]
    most_days: int | None
    default_days: int | None
    why: Annotated[str, Field(description="Purpose.")]
    how: Annotated[str, Field(description="How it is removed.")]
    stored: Annotated[str, Field(description="What is encrypted, hashed or masked, and why the rest is not.")]
    removed: Annotated[int | None, Field(description="Rows removed or emptied in the last run; null before the first.")]


class Retention(Answer):
    """What is kept of people, and when what was over was last removed."""

    ran_at: Annotated[Moment | None, Field(description="Null before the first run, and until the one after a change.")]
    kinds: list[RetentionOfKind]


class RetentionRequest(Shape):
    """Other times than before; kinds that are not named stay as they are."""

    days: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[int, Field(ge=1, le=3650)]],
        Field(min_length=1, max_length=40, description="By kind.", examples=[{"requests": 14}]),
    ]


@v1.get("/privacy/retention", answer=Retention, permission="settings.read", tag="Settings")
def get_retention(caller: KeyCaller) -> Retention:
    """Get for how long which personal data is kept."""
    return _retention(caller)


@v1.post("/privacy/retention", body=RetentionRequest, answer=Retention, permission="privacy.write", tag="Settings",
         errors=("invalid_retention",))  # fmt: skip
def set_retention(caller: KeyCaller, body: RetentionRequest) -> Retention:
    """Choose for how long which personal data is kept.

    What is older than that is removed within minutes, and does not come back.
    """
    set_retention_.set_retention(caller.business_id, body.days, actor=caller.actor)
    return _retention(caller)


def _retention(caller: KeyCaller) -> Retention:
    found = retention.retention(caller.business_id)
    return Retention(ran_at=moment_text(found.ran_at), kinds=[_kind(each) for each in found.periods])


def _kind(period: retention.RetentionPeriod) -> RetentionOfKind:
    kind, keep = period.kind, period.kind.keep
    return RetentionOfKind(
        kind=kind.key,
        title=kind.title,
        days=period.days,
        least_days=period.bounds[0],
        most_days=period.bounds[1],
        default_days=keep.days if keep else None,
        why=kind.why,
        how=kind.how,
        stored=kind.stored,
        removed=period.removed,
    )


def _named(body: BuyerNamed) -> tuple[str, str]:
    identifiers = {"reference": body.buyer_reference, "email": body.buyer_email, "phone": body.buyer_phone}
    named = [(by, value) for by, value in identifiers.items() if value]
    if len(named) != 1:
        raise Invalid("invalid_buyer", "Identify the buyer by exactly one of reference, email address or phone number.")
    return named[0]


def _find(caller: KeyCaller, body: BuyerNamed) -> erase_buyer.Buyer:
    by, value = _named(body)
    return erase_buyer.find_buyer(caller.business_id, **{by: value})
