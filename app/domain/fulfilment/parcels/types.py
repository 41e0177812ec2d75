"""What stands on a parcel."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import Invalid

MAX_CARRIER, MAX_TRACKING = 60, 80


@dataclass(frozen=True, kw_only=True)
class Label:
    """What stands on a parcel."""

    carrier: str = ""
    tracking_number: str = ""

    def checked(self) -> Label:
        """The same without spaces around.

        Raises:
            Invalid: a text is too long, or has what cannot be printed.
        """
        made = Label(carrier=self.carrier.strip(), tracking_number=self.tracking_number.strip())
        for name, text, most in (
            ("carrier", made.carrier, MAX_CARRIER),
            ("tracking_number", made.tracking_number, MAX_TRACKING),
        ):
            if len(text) > most or not text.isprintable():
                raise Invalid("invalid_parcel", f"Use at most {most} characters.", details={"param": name})
        return made
