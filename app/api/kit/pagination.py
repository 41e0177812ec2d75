"""Lists by key: the cursor names the last row seen, so a page costs the same at the start and at row ten million."""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import DIGITS_ONLY, Answer, QueryShape
from app.core.errors import Invalid

DEFAULT_LIMIT = 20
MAX_LIMIT = 100

Key = tuple[datetime, UUID]
"""What a list is ordered by: the moment a row was made, and its id."""

_VERSION = b"\x01"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

RowT = TypeVar("RowT")
ItemT = TypeVar("ItemT", bound=Answer)


class ListQuery(QueryShape):
    """The parameters every list takes."""

    limit: Annotated[
        int, Field(ge=1, le=MAX_LIMIT, description=f"Objects per page, 1 to {MAX_LIMIT}."), DIGITS_ONLY
    ] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=64, description="`next_cursor` of the previous page. Opaque.")] = (
        None
    )

    def after(self) -> Key | None:
        """The key of the last row of the page before, or None on the first page. Raises Invalid."""
        return None if self.cursor is None else read_cursor(self.cursor)


class Page(Answer, Generic[ItemT]):
    """One page of a list, newest first unless the list says otherwise."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`OrderList` for pages of `Order`."""
        return f"{params[0].__name__}List"

    data: list[ItemT]
    has_more: bool
    next_cursor: str | None


def write_cursor(last: Key) -> str:
    """The opaque text that continues after this row."""
    microseconds = (last[0] - _EPOCH) // timedelta(microseconds=1)
    content = _VERSION + microseconds.to_bytes(8, "big") + last[1].bytes
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def read_cursor(text: str) -> Key:
    """The row a cursor continues after. Raises Invalid `invalid_cursor`."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if len(content) == 25 and content[:1] == _VERSION:
            moment = _EPOCH + timedelta(microseconds=int.from_bytes(content[1:9], "big"))
            return moment, UUID(bytes=content[9:])
    except (ValueError, OverflowError):  # not base64, or a moment beyond the calendar
        pass
    raise Invalid("invalid_cursor", "The cursor is invalid.", details={"param": "cursor"})


def page_of(
    rows: Sequence[RowT], *, limit: int, item: Callable[[RowT], ItemT], key: Callable[[RowT], Key]
) -> Page[ItemT]:
    """A page from `limit + 1` rows, the extra one only telling whether there is more."""
    shown = rows[:limit]
    has_more = len(rows) > limit
    cursor = write_cursor(key(shown[-1])) if has_more else None
    return Page(data=[item(row) for row in shown], has_more=has_more, next_cursor=cursor)
