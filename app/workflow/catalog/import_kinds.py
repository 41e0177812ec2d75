"""What files are of: which columns they have, what their rows are about, and how a batch of them is judged and
written. The rest is the same for all (import_products.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.catalog import sheet
from app.domain.catalog.models import ProductImport, ProductImportRow
from app.domain.catalog.sheet import Verdict
from app.workflow.buyers import import_buyers
from app.workflow.catalog import apply_import
from app.workflow.fulfilment import import_members

Values = Mapping[str, str]


class Batch(Protocol):
    """What there is of all that a batch of rows names."""

    def judge(self, values: Values) -> Verdict:
        """What the row does now."""
        ...


@dataclass(frozen=True)
class ImportKind:
    """`columns` are listed when another one is named; names that begin with one of `prefixes` are columns, too.
    `subject_of` is what a row is about: a second row about the same is refused; `name_of` is what people see of it.
    `load` reads, and with `lock` locks, what rows are about; `write` applies them, and says why some were refused after
    all."""

    columns: Sequence[str]
    required: Sequence[str]
    subject_of: Callable[[Values], str]
    name_of: Callable[[Values], str]
    load: Callable[..., Batch]
    write: Callable[[ProductImport, Sequence[ProductImportRow]], Mapping[int, Verdict]]
    batch: int
    prefixes: tuple[str, ...] = ()
    is_personal: bool = True

    def has(self, column: str) -> bool:
        """Whether files of this kind may have the column."""
        return column in self.columns or any(
            column.startswith(prefix) and len(column) > len(prefix) for prefix in self.prefixes
        )


KINDS: Mapping[str, ImportKind] = {
    "products": ImportKind(
        sheet.COLUMNS,
        ("sku",),
        lambda values: values["sku"],
        lambda values: values["sku"],
        apply_import.load,
        apply_import.write,
        batch=apply_import.BATCH,
        is_personal=False,
    ),
    "buyers": ImportKind(
        import_buyers.COLUMNS,
        ("reference",),
        lambda values: values["reference"],
        lambda values: values["reference"],
        import_buyers.load,
        import_buyers.write,
        batch=import_buyers.BATCH,
        prefixes=import_buyers.PREFIXES,
    ),
    "memberships": ImportKind(
        import_members.COLUMNS,
        ("sku", "ends"),
        import_members.subject_of,
        import_members.named,
        import_members.load,
        import_members.write,
        batch=import_members.BATCH,
    ),
}
