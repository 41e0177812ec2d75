"""What the operations of imports have in common, whatever the files are of."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from pydantic import Field

from app.api.kit.shapes import DIGITS_ONLY, Answer, Moment, OneOf, QueryShape, moment_text
from app.core.ids import show
from app.domain.catalog.states import ImportStatus
from app.read.catalog import imports

RowKind = Annotated[str, OneOf(("create", "change", "refused"))]
TABLE = "CSV (UTF-8) or XLSX with a header row, up to 20 MB and 200,000 rows."


class FileImport(Answer):
    """A file on its way in. Nothing is changed before it is applied."""

    id: str
    status: Annotated[str, OneOf(ImportStatus)]
    to_create: Annotated[int, Field(description="Rows that create something.")]
    to_change: int
    unchanged: int
    refused: int
    applied: Annotated[int, Field(description="Rows applied so far.")]
    problem: Annotated[str, Field(description="Why the whole file failed; empty otherwise.")]
    created_at: Moment


class ImportRow(Answer):
    """A row that makes or changes something, or was refused."""

    line: Annotated[int, Field(description="Line number in the file, from 1, counting the header.")]
    kind: RowKind
    errors: Annotated[dict[str, str], Field(description="Errors by column.")]
    changes: Annotated[dict[str, list[str]], Field(description="Before and after, by column.")]


class BuyerImportRow(ImportRow):
    """A row that makes or changes something, or was refused. Its changes are forgotten once it was applied."""

    buyer_reference: Annotated[str, Field(description="The buyer’s reference or email address, as given in the file.")]


class BuyerImportRows(Answer):
    """Some rows, in the order of the file."""

    data: list[BuyerImportRow]
    has_more: bool


class RowsQuery(QueryShape):
    """Which rows of a file."""

    kind: RowKind | None = None
    behind: Annotated[int, DIGITS_ONLY, Field(ge=0, le=10_000_000, description="Only rows after this line.")] = 0
    limit: Annotated[int, DIGITS_ONLY, Field(ge=1, le=100)] = 50


class Said(TypedDict):
    """The members of every import."""

    id: str
    status: str
    to_create: int
    to_change: int
    unchanged: int
    refused: int
    applied: int
    problem: str
    created_at: str


class SaidOfRow(TypedDict):
    """The members of every row."""

    line: int
    kind: str
    errors: dict[str, str]
    changes: dict[str, list[str]]


def said_of(run: imports.Run) -> Said:
    """What is said of every import."""
    row = run.row
    return Said(
        id=show("imp", row.id),
        status=row.status,
        to_create=row.to_create,
        to_change=row.to_change,
        unchanged=row.unchanged,
        refused=row.refused,
        applied=row.applied,
        problem=row.problem,
        created_at=moment_text(row.created_at),
    )


def said_of_row(row: imports.ImportedRow) -> SaidOfRow:
    """What is said of every row."""
    return SaidOfRow(line=row.line, kind=row.kind, errors=row.errors, changes=row.changes)


def rows_of_people(found: Sequence[imports.ImportedRow], limit: int) -> BuyerImportRows:
    """Rows that name buyers."""
    rows = [BuyerImportRow(buyer_reference=row.subject, **said_of_row(row)) for row in found[:limit]]
    return BuyerImportRows(data=rows, has_more=len(found) > limit)
