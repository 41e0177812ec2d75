"""Sellers: whose products a business sells beside its own."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Email, Moment, OneOf, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.catalog.sellers.states import SellerStatus
from app.read.catalog import sellers
from app.workflow.catalog import manage_sellers
from app.workflow.catalog.manage_sellers import SellerCommand

SellerReference = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}$",
        description="Your own unique reference.",
        examples=["author-17"],
    ),
]
LegalName = Annotated[str, Field(max_length=200, description="The name in contracts."), PRINTABLE]
ContactPhone = Annotated[str, Field(min_length=1, max_length=40), PRINTABLE]


class SellerRequest(Shape):
    """A seller to be made."""

    name: Annotated[ShortText, Field(examples=["Owl & Lantern Prints"])]
    reference: SellerReference | None = None
    legal_name: LegalName = ""
    email: Email | None = None
    phone: ContactPhone | None = None


class SellerChange(Shape):
    """What a seller shall be from now on; members that are absent stay as they are. Null takes reference, email or
    phone away."""

    name: ShortText | None = None
    reference: SellerReference | None = None
    legal_name: LegalName | None = None
    email: Email | None = None
    phone: ContactPhone | None = None


class Seller(Answer):
    """Somebody whose products the business sells."""

    id: str
    reference: str | None
    name: str
    legal_name: str
    email: str | None
    phone: str | None
    status: Annotated[str, OneOf(SellerStatus)]
    created_at: Moment


class SellerQuery(ListQuery):
    """What a list of sellers may be narrowed by."""

    status: Annotated[str, OneOf(SellerStatus)] | None = None
    reference: SellerReference | None = None


@v1.get("/sellers", query=SellerQuery, answer=Page[Seller], permission="products.read", tag="Sellers")
def list_sellers(caller: KeyCaller, query: SellerQuery) -> Page[Seller]:
    """List sellers.

    Newest first.
    """
    narrowed = {"status": query.status, "reference": query.reference}
    found = sellers.list_sellers(caller.business_id, **narrowed, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_seller, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/sellers",
    body=SellerRequest,
    answer=Seller,
    status=201,
    permission="products.write",
    tag="Sellers",
    errors=("invalid_seller", "reference_taken"),
)
def create_seller(caller: KeyCaller, body: SellerRequest) -> Seller:
    """Make a seller.

    Then name it as `seller` of products: every order line keeps who sold it.
    """
    seller_id = manage_sellers.create_seller(caller.business_id, SellerCommand(**body.model_dump()), actor=caller.actor)
    return _seller(sellers.get_seller(caller.business_id, seller_id))


@v1.get("/sellers/{seller_id}", answer=Seller, permission="products.read", tag="Sellers")
def get_seller(caller: KeyCaller, seller_id: str) -> Seller:
    """Get a seller."""
    return _seller(sellers.get_seller(caller.business_id, parse("sel", seller_id)))


@v1.patch(
    "/sellers/{seller_id}",
    body=SellerChange,
    answer=Seller,
    permission="products.write",
    tag="Sellers",
    errors=("invalid_seller", "reference_taken"),
)
def change_seller(caller: KeyCaller, seller_id: str, body: SellerChange) -> Seller:
    """Change a seller.

    Placed orders keep the name that the seller had.
    """
    now = sellers.get_seller(caller.business_id, parse("sel", seller_id))
    given = body.model_dump(exclude_unset=True)
    for name in ("name", "legal_name"):
        if given.get(name, "") is None:
            del given[name]
    known = {name: getattr(now, name) for name in SellerChange.model_fields}
    manage_sellers.change_seller(caller.business_id, now.id, SellerCommand(**{**known, **given}))
    return _seller(sellers.get_seller(caller.business_id, now.id))


@v1.post(
    "/sellers/{seller_id}/archive",
    answer=Seller,
    permission="products.write",
    tag="Sellers",
    errors=("seller_in_use", "version_conflict"),
)
def archive_seller(caller: KeyCaller, seller_id: str) -> Seller:
    """Archive a seller.

    Refused while products that are not archived are theirs. Orders keep them.
    """
    seller = parse("sel", seller_id)
    manage_sellers.archive_seller(caller.business_id, seller, actor=caller.actor)
    return _seller(sellers.get_seller(caller.business_id, seller))


@v1.post(
    "/sellers/{seller_id}/restore",
    answer=Seller,
    permission="products.write",
    tag="Sellers",
    errors=("version_conflict",),
)
def restore_seller(caller: KeyCaller, seller_id: str) -> Seller:
    """Use an archived seller again."""
    seller = parse("sel", seller_id)
    manage_sellers.restore_seller(caller.business_id, seller, actor=caller.actor)
    return _seller(sellers.get_seller(caller.business_id, seller))


def _seller(row: sellers.SellerRow) -> Seller:
    return Seller(
        id=show("sel", row.id),
        reference=row.reference,
        name=row.name,
        legal_name=row.legal_name,
        email=row.email,
        phone=row.phone,
        status=row.status,
        created_at=moment_text(row.created_at),
    )
