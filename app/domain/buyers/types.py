"""What is said of a buyer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

Source = Literal["api", "portal", "order", "mailbox", "import"]
SOURCES: tuple[Source, ...] = ("api", "portal", "order", "mailbox", "import")
GUEST = "guest_"  # how references begin of who came by a link or a button, and was never proven
MAX_GROUPS, MAX_ATTRIBUTES, MAX_ADDRESSES = 20, 20, 10


class Address(TypedDict, total=False):
    """Where a buyer lives, or wants things sent; `country` is ISO 3166-1 alpha-2."""

    name: str
    line1: str
    line2: str
    postal_code: str
    city: str
    state: str
    country: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class BuyerCommand:
    """A buyer to be made. `reference` None: we make one. `email_verified` and `phone_verified`: the merchant has proven
    that they are this buyer's."""

    reference: str | None = None
    email: str | None = None
    email_verified: bool = False
    phone: str | None = None
    phone_verified: bool = False
    name: str | None = None
    locale: str | None = None
    groups: Sequence[str] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    addresses: Sequence[Address] = ()


class BuyerChanges(TypedDict, total=False):
    """What shall be another of a buyer; what is absent stays."""

    email: str | None
    email_verified: bool
    phone: str | None
    phone_verified: bool
    name: str | None
    locale: str | None
    groups: Sequence[str]
    attributes: Mapping[str, str]
    addresses: Sequence[Address]
