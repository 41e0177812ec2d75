"""What is said of one kind of personal data (the table of them is kinds.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Keep:
    """How long a kind is kept after it was made, in days. A business chooses between `least` and `most`; where they
    are the same there is nothing to choose. `bounds` says why they are where they are."""

    days: int
    least: int
    most: int
    bounds: str

    @property
    def may_change(self) -> bool:
        """Whether a business has a choice."""
        return self.least < self.most


@dataclass(frozen=True)
class RetentionRule:
    """What goes of one table when the time of its kind is over: its rows, or only what stands in `columns`.

    `where` is a condition of SQL in which the row is `t`. Rows are found by an index over (business_id, created_at);
    where the table has none, `by` is "id": its ids carry their time.
    """

    table: str
    columns: tuple[str, ...] = ()
    where: str = ""
    by: Literal["created_at", "id"] = "created_at"


@dataclass(frozen=True)
class Kind:
    """One kind of personal data. In `columns`, by table, a buyer's reference, email address and phone number are
    replaced when the buyer is erased; `stays` are columns of this kind in which erasing a buyer changes nothing, for
    they are about the team, or hold no name. `stored` says what is encrypted or hashed, and why the rest is not."""

    key: str
    title: str
    what: str
    why: str
    how: str
    stored: str
    keep: Keep | None = None
    rules: tuple[RetentionRule, ...] = ()
    columns: Columns = field(default_factory=dict)
    stays: Columns = field(default_factory=dict)

    @property
    def setting(self) -> str:
        """The setting of a business, a column of `businesses`, that says for how many days."""
        return f"keep_{self.key}_days"

    @property
    def how_long(self) -> str:
        """In words, where no business has chosen otherwise."""
        return f"{self.keep.days} days" if self.keep else "As long as the ledger"
