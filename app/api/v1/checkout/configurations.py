"""Checkout configurations: what pages without a server of their own, and plain links, sell."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    PRINTABLE,
    Answer,
    Currency,
    HttpUrl,
    Locale,
    Metadata,
    Moment,
    OneOf,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, metadata_of, v1
from app.api.v1.parts import LineItem, LineItems, items_of
from app.core import settings
from app.core.ids import parse, show
from app.domain.orders.contact import EMAIL_ASKS, FIELD_KINDS, MAX_CHOICES, MAX_FIELDS, MAX_LABEL, PHONE_ASKS
from app.domain.orders.types import CustomField, SessionTerms, read_items, read_terms
from app.read.checkout import configurations
from app.workflow.checkout import manage_configurations
from app.workflow.checkout.manage_configurations import Changes, ConfigurationCommand

Channels = Annotated[
    list[Annotated[str, Field(pattern="^[a-z0-9_]{1,60}$")]],
    Field(max_length=20, description="Allowed channels; empty: all that are offered to guests."),
]
ReturnUrl = Annotated[HttpUrl | None, Field(description="Where buyers go afterwards. Not proof of payment.")]
OwnLocale = Annotated[Locale | None, Field(description="null: the language of the page, or of the buyer's browser.")]
Appearance = Annotated[
    dict[str, Any],
    Field(description="`appearance` settings of the SDK that override the business’s appearance."),
]
_ERRORS = (
    "invalid_appearance",
    "invalid_custom_field",
    "invalid_name",
    "sku_twice",
    "mixed_currencies",
    "wrong_currency",
    "unknown_channel",
    "quantity_not_allowed",
)


CollectEmail = Annotated[
    str,
    OneOf(EMAIL_ASKS),
    Field(description="Ask for the buyer’s email address; `verified`: they confirm it by a code before they pay."),
]
CollectPhone = Annotated[str, OneOf(PHONE_ASKS), Field(description="Ask for the buyer’s phone number.")]


class CheckoutField(Shape):
    """Something that you want to know of the buyer with an order."""

    key: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$", examples=["jersey_size"])]
    kind: Annotated[str, OneOf(FIELD_KINDS)]
    label: Annotated[str, Field(min_length=1, max_length=MAX_LABEL), PRINTABLE]
    labels: Annotated[
        dict[
            Annotated[str, Field(max_length=20)],
            Annotated[str, Field(min_length=1, max_length=MAX_LABEL), PRINTABLE],
        ],
        Field(max_length=10, description="The label in other languages, by locale.", examples=[{"de": "Trikotgröße"}]),
    ] = {}
    required: bool = False
    choices: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=MAX_LABEL), PRINTABLE]],
        Field(max_length=MAX_CHOICES, description="Of a `choice`."),
    ] = []


CustomFields = Annotated[
    list[CheckoutField], Field(max_length=MAX_FIELDS, description="Your own fields; answers are kept with the order.")
]


class CheckoutConfigurationRequest(Shape):
    """A checkout configuration to be made. Its products need not be on sale yet."""

    name: Annotated[ShortText, Field(description="Internal name; not visible to buyers.")]
    line_items: LineItems
    currency: Annotated[Currency | None, Field(description="null: the SKUs' own.")] = None
    quantity_changeable: Annotated[bool, Field(description="Buyers can change quantities.")] = True
    sku_changeable: Annotated[bool, Field(description="Buyers can choose another SKU of the same product.")] = True
    coupons_allowed: Annotated[bool, Field(description="Buyers can enter codes.")] = True
    channels: Channels = []
    collect_email: CollectEmail = "none"
    collect_phone: CollectPhone = "none"
    custom_fields: CustomFields = []
    return_url: ReturnUrl = None
    locale: OwnLocale = None
    metadata: Metadata = {}
    appearance: Appearance = {}
    active: bool = True


class CheckoutConfigurationChange(Shape):
    """What shall be another; what is absent stays. Sessions that are open stay as they are."""

    name: ShortText | None = None
    line_items: LineItems | None = None
    currency: Currency | None = None
    quantity_changeable: bool | None = None
    sku_changeable: bool | None = None
    coupons_allowed: bool | None = None
    channels: Channels | None = None
    collect_email: CollectEmail | None = None
    collect_phone: CollectPhone | None = None
    custom_fields: CustomFields | None = None
    return_url: ReturnUrl = None
    locale: OwnLocale = None
    metadata: Metadata | None = None
    appearance: Appearance | None = None
    active: bool | None = None


class CheckoutConfiguration(Answer):
    """What a page or a link sells, without a server behind it."""

    id: str
    name: str
    line_items: list[LineItem]
    currency: str | None
    quantity_changeable: bool
    sku_changeable: bool
    coupons_allowed: bool
    channels: list[str]
    collect_email: CollectEmail
    collect_phone: CollectPhone
    custom_fields: list[CheckoutField]
    return_url: str | None
    locale: str | None
    metadata: dict[str, str]
    appearance: dict[str, Any]
    active: Annotated[bool, Field(description="Whether it can open checkouts.")]
    archived: bool
    url: Annotated[str, Field(description="A link that opens a checkout on the hosted page.")]
    created_at: Moment
    changed_at: Moment


class ConfigurationQuery(ListQuery):
    """What a list of configurations may be narrowed by."""

    archived: Annotated[bool, Field(description="Only archived ones.")] = False


@v1.get(
    "/checkout/configurations",
    query=ConfigurationQuery,
    answer=Page[CheckoutConfiguration],
    permission="checkout.read",
    tag="Checkout",
)
def list_checkout_configurations(caller: KeyCaller, query: ConfigurationQuery) -> Page[CheckoutConfiguration]:
    """List checkout configurations.

    Newest first.
    """
    found = configurations.list_configurations(
        caller.business_id, archived=query.archived, after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_configuration, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/checkout/configurations",
    body=CheckoutConfigurationRequest,
    answer=CheckoutConfiguration,
    status=201,
    permission="checkout.write",
    idempotent=True,
    tag="Checkout",
    errors=("not_found", *_ERRORS),
)
def create_checkout_configuration(
    caller: KeyCaller, body: CheckoutConfigurationRequest, claim_id: UUID
) -> Callable[[], CheckoutConfiguration]:
    """Make a checkout configuration."""
    fields = body.model_dump(exclude={"line_items", "custom_fields", *_TERMS})
    own = {"channels": tuple(body.channels), "custom_fields": _fields(body.custom_fields)}
    terms = SessionTerms(**body.model_dump(include=_TERMS) | own)
    command = ConfigurationCommand(items=items_of(body.line_items), terms=terms, **fields)
    made = manage_configurations.create_configuration(caller.business_id, command, configuration_id=claim_id)
    return lambda: _configuration(configurations.get_configuration(caller.business_id, made))


@v1.get(
    "/checkout/configurations/{configuration_id}",
    answer=CheckoutConfiguration,
    permission="checkout.read",
    tag="Checkout",
)
def get_checkout_configuration(caller: KeyCaller, configuration_id: str) -> CheckoutConfiguration:
    """Get a checkout configuration."""
    return _told(caller, configuration_id)


@v1.patch(
    "/checkout/configurations/{configuration_id}",
    body=CheckoutConfigurationChange,
    answer=CheckoutConfiguration,
    permission="checkout.write",
    tag="Checkout",
    errors=("configuration_archived", *_ERRORS),
)
def change_checkout_configuration(
    caller: KeyCaller, configuration_id: str, body: CheckoutConfigurationChange
) -> CheckoutConfiguration:
    """Change a checkout configuration.

    Members that are absent stay as they are; `currency`, `return_url` and `locale` may be null.
    """
    fields = body.model_dump(exclude={"line_items"}, exclude_unset=True)
    changes: dict[str, Any] = {
        name: value for name, value in fields.items() if value is not None or name in _MAY_BE_NULL
    }
    if body.line_items is not None:
        changes["items"] = items_of(body.line_items)
    if body.custom_fields is not None:
        changes["custom_fields"] = _fields(body.custom_fields)
    own_id = parse("cfg", configuration_id)
    manage_configurations.change_configuration(caller.business_id, own_id, cast(Changes, changes))
    return _told(caller, configuration_id)


@v1.post(
    "/checkout/configurations/{configuration_id}/archive",
    answer=CheckoutConfiguration,
    permission="checkout.write",
    tag="Checkout",
)
def archive_checkout_configuration(caller: KeyCaller, configuration_id: str) -> CheckoutConfiguration:
    """Put a checkout configuration away.

    No checkout is opened by it any more; those that are open can be paid. It is never deleted.
    """
    manage_configurations.archive_configuration(caller.business_id, parse("cfg", configuration_id))
    return _told(caller, configuration_id)


@v1.post(
    "/checkout/configurations/{configuration_id}/restore",
    answer=CheckoutConfiguration,
    permission="checkout.write",
    tag="Checkout",
)
def restore_checkout_configuration(caller: KeyCaller, configuration_id: str) -> CheckoutConfiguration:
    """Bring an archived checkout configuration back.

    It comes back switched off.
    """
    manage_configurations.restore_configuration(caller.business_id, parse("cfg", configuration_id))
    return _told(caller, configuration_id)


_TERMS = {"quantity_changeable", "sku_changeable", "coupons_allowed", "channels", "collect_email", "collect_phone"}


def _fields(asked: Sequence[CheckoutField]) -> tuple[CustomField, ...]:
    return tuple(CustomField(**each.model_dump(exclude={"choices"}), choices=tuple(each.choices)) for each in asked)


_MAY_BE_NULL = {"currency", "return_url", "locale"}


def _told(caller: KeyCaller, configuration_id: str) -> CheckoutConfiguration:
    return _configuration(configurations.get_configuration(caller.business_id, parse("cfg", configuration_id)))


def _configuration(row: configurations.ConfigurationRow) -> CheckoutConfiguration:
    terms, own_id = read_terms(row.terms), show("cfg", row.id)
    return CheckoutConfiguration(
        id=own_id,
        name=row.name,
        line_items=[
            LineItem(sku_id=show("sku", item.sku_id), quantity=item.quantity) for item in read_items(row.items)
        ],
        currency=row.currency,
        quantity_changeable=terms.quantity_changeable,
        sku_changeable=terms.sku_changeable,
        coupons_allowed=terms.coupons_allowed,
        channels=list(terms.channels),
        collect_email=terms.collect_email,
        collect_phone=terms.collect_phone,
        custom_fields=[CheckoutField(**asdict(each) | {"choices": list(each.choices)}) for each in terms.custom_fields],
        return_url=row.return_url,
        locale=row.locale,
        metadata=metadata_of(row.details),
        appearance=row.appearance,
        active=row.active,
        archived=row.archived_at is not None,
        url=f"{settings.current().public_url}/b/{own_id}",
        created_at=moment_text(row.created_at),
        changed_at=moment_text(row.changed_at),
    )
