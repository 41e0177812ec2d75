"""Looking through their lists for what is ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.domain.payments.channels.stripe import reading
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, text

if TYPE_CHECKING:
    from app.domain.payments.channels.stripe.library import StripeHttpClient

MAX_PAGES, PAGE = 20, 100


def first(
    client: StripeHttpClient,
    operation: str,
    send: Callable[[Any], object],
    params: Json,
    is_it: Callable[[Json], bool],
) -> Json | None:
    """The first object that `is_it`, page by page; `send` asks with `params`, which move on.

    Raises:
        Unreadable: there is no end to them.
    """
    for _ in range(MAX_PAGES):
        page = client.call(operation, send)
        rows = reading.rows(page)
        found = next((row for row in rows if is_it(row)), None)
        client.note_found(found, len(rows))
        if found is not None or not page["has_more"] or not rows:
            return found
        params["starting_after"] = text(rows[-1], "id")
    raise Unreadable("there are too many to look through")
