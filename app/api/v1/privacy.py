"""One buyer's personal data: to have, and to be erased."""

from typing import Annotated, Any

from pydantic import Field

from app.api.kit.shapes import Answer, Shape, ShortText
from app.api.v1.api import KeyCaller, v1
from app.read import personal_data
from app.workflow import erase_buyer


class BuyerNamed(Shape):
    """One buyer, by one of the three."""

    buyer_reference: ShortText | None = None
    buyer_email: Annotated[str | None, Field(max_length=254, examples=["ada@example.com"])] = None
    buyer_phone: Annotated[str | None, Field(max_length=16, examples=["+4915112345678"])] = None


class ErasureRequest(BuyerNamed):
    """Who is to be erased, and why."""

    reason: Annotated[ShortText, Field(description="Kept with the pseudonym: do not name the buyer in it.")]


class PersonalData(Answer):
    """Everything that is kept of one buyer."""

    buyer: Annotated[
        dict[str, Any], Field(description="`references`, `emails` and `phones` that are the buyer's alone.")
    ]
    made_at: str
    data: Annotated[dict[str, Any], Field(description="Lists of rows: orders, payments, mails, memberships and more.")]


class Erasure(Answer):
    """What became of the buyer."""

    pseudonym: Annotated[str, Field(description="The `buyer_reference` from now on.")]
    rows: Annotated[int, Field(description="How many rows named the buyer.")]


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
         errors=("invalid_buyer", "buyer_has_orders", "buyer_has_money"))  # fmt: skip
def erase_buyer_data(caller: KeyCaller, body: ErasureRequest) -> Erasure:
    """Erase one buyer, for good.

    Reference, e-mail address and phone number are replaced by a pseudonym wherever they stand; amounts, dates and
    states stay. An order must not be under way, and the wallet must be empty.
    """
    buyer = _find(caller, body)
    said = {"reason": body.reason, "asked_by": caller.actor}
    pseudonym, rows = erase_buyer.erase_buyer(caller.business_id, buyer, **said)
    return Erasure(pseudonym=pseudonym, rows=rows)


def _find(caller: KeyCaller, body: BuyerNamed) -> erase_buyer.Buyer:
    return erase_buyer.find_buyer(
        caller.business_id,
        reference=body.buyer_reference or "",
        email=body.buyer_email or "",
        phone=body.buyer_phone or "",
    )
