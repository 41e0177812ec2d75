"""Strict shapes: what comes in is exactly what is documented, or is refused."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, overload
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import core_schema

MAX_QUANTITY = 10_000
"""Most units of one line: far above any real order, far below where a product could overflow."""

MAX_AMOUNT_MINOR = 99_999_999_999
"""Largest amount of one movement of money, in minor units; its sums stay far inside BIGINT."""

ID_PATTERN = "[0-7][0-9a-hjkmnp-tv-z]{25}"

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff\ufffe\uffff]")


def _printable(text: str | None) -> str | None:
    if text is not None and _FORBIDDEN.search(text):
        raise ValueError("must not contain control characters")
    return text


class Shape(BaseModel):
    """A request body: unknown members are refused, and no type is converted into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class QueryShape(BaseModel):
    """A query string: unknown parameters are refused. Values arrive as text, so numbers are read from digits only."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """A response body. Every member is always present; what is not known is null."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


@dataclass(frozen=True)
class OneOf:
    """Text that is one of these: `Annotated[str, OneOf(OrderStatus)]` is read, refused and documented like a Literal of
    the values, and the states are listed in their noun alone. Of an answer, the row's text fits it as it is."""

    texts: type[StrEnum] | tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """What pydantic asks for."""
        return core_schema.literal_schema([str(text) for text in self.texts])


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,12}", value):
        raise ValueError("must be a whole number")
    return value


PRINTABLE = AfterValidator(_printable)


def _with_host(url: str) -> str:
    """Raises ValueError for what a pattern lets through, such as `http://[x`."""
    if urlsplit(url).hostname is None:
        raise ValueError("must have a host")
    return url


def _id(prefix: str) -> Any:
    return Field(pattern=f"^{prefix}_{ID_PATTERN}$", examples=[f"{prefix}_01jd3w8n2q4zt5b7yk2hc5e4rv"])


SkuId = Annotated[str, _id("sku")]
ProductId = Annotated[str, _id("prd")]
SellerId = Annotated[str, _id("sel")]
AccountId = Annotated[str, _id("cha")]
OrderId = Annotated[str, _id("ord")]
LineId = Annotated[str, _id("oln")]
WarehouseId = Annotated[str, _id("whs")]
PartId = Annotated[str, _id("sub")]
EventId = Annotated[str, _id("evt")]
ConfigurationId = Annotated[str, _id("cfg")]
AgreementId = Annotated[str, _id("agr")]
ShortText = Annotated[str, Field(min_length=1, max_length=120), PRINTABLE]
Sentence = Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]
LongText = Annotated[str, Field(max_length=4000), PRINTABLE]
CouponCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,60}$"),
    Field(description="The code as typed by the buyer. Case, dashes and spaces are ignored.", examples=["SUMMER-26"]),
]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY, description="Number of units.")]
AmountMinor = Annotated[
    int,
    Field(ge=1, le=MAX_AMOUNT_MINOR, description="Amount in minor units of the currency (cents, fen, yen)."),
]
AnyAmountMinor = Annotated[int, Field(description="Amount in minor units of the currency.")]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), Field(description="ISO 4217 code.")]
Locale = Annotated[str, StringConstraints(pattern="^auto$|^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$", max_length=20)]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}$", max_length=254),
    PRINTABLE,
]
Phone = Annotated[
    str,
    Field(
        pattern=r"^\+[1-9][0-9]{6,14}$",
        description="Phone number in E.164 format, without spaces.",
        examples=["+4915112345678"],
    ),
]
HttpUrl = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s/?#\\]+[^\s\\]*$", max_length=2000),
    PRINTABLE,
    AfterValidator(_with_host),
    Field(examples=["https://shop.example/thanks"]),
]
Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.-]{1,40}$")],
        Annotated[str, StringConstraints(max_length=500), PRINTABLE],
    ],
    Field(max_length=20, description="Up to 20 key-value pairs of your own, stored with the object."),
]
DIGITS_ONLY = BeforeValidator(_digits)
"""For a whole number in a query string, where everything arrives as text."""


@overload
def moment_text(moment: datetime) -> str: ...
@overload
def moment_text(moment: datetime | None) -> str | None: ...
def moment_text(moment: datetime | None) -> str | None:
    """A moment (in UTC) as RFC 3339 text, or None."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="RFC 3339, UTC.")]


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    if not text.endswith("Z"):
        raise ValueError("must be in UTC, such as 2026-12-24T18:00:00Z")
    return text


MomentIn = Annotated[str, Field(max_length=30, json_schema_extra={"format": "date-time"}), AfterValidator(_moment)]


def moment_in(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


Word = Annotated[str, StringConstraints(pattern="^[a-z_]{1,40}$")]
