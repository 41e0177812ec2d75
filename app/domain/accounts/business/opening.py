"""What a new business has to say of itself."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import Invalid
from app.core.i18n.countries import known_countries
from app.core.i18n.time_zones import known_time_zones
from app.core.money import known_currencies

MAX_NAME = 80
MAX_CURRENCIES = 20
MAX_OWNED = 20  # businesses that one person opens


@dataclass(frozen=True, kw_only=True)
class NewBusiness:
    """A business that is to be opened: an ISO 3166 country, an IANA time zone, ISO 4217 currencies, the main one
    first."""

    name: str
    country: str
    time_zone: str
    currencies: tuple[str, ...]
    # Of the request that opens it, where a program does.
    request_hash: str | None = None

    def check(self) -> None:
        """Whether it can be opened so.

        Raises:
            Invalid: `details.param` names what is wrong.
        """
        if not 1 <= len(self.name.strip()) <= MAX_NAME or not self.name.isprintable():
            raise _wrong("name", f"Enter a name of 1 to {MAX_NAME} characters.")
        if self.country not in known_countries():
            raise _wrong("country", "Choose a country (ISO 3166-1 alpha-2).")
        if self.time_zone not in known_time_zones():
            raise _wrong("time_zone", "Choose a time zone such as Europe/Berlin.")
        if not self.currencies or len(self.currencies) > MAX_CURRENCIES:
            raise _wrong("currencies", f"Choose 1 to {MAX_CURRENCIES} currencies.")
        if not set(self.currencies) <= known_currencies():
            raise _wrong("currencies", "Choose currencies by their ISO 4217 codes.")


def _wrong(param: str, message: str) -> Invalid:
    return Invalid("invalid_business", message, details={"param": param})
