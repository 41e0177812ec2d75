"""How a timeline calls those who did something."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core import ids
from app.read.accounts import people
from app.read.accounts.visits import operator_names
from app.read.orders.timeline import Moment


def actor_names(business_id: uuid.UUID, moments: Sequence[Moment]) -> dict[str, str]:
    """People's names by how histories name them; programs and companies are not in it."""
    return names_of(business_id, [moment.actor for moment in moments])


def names_of(business_id: uuid.UUID, actors: Sequence[str]) -> dict[str, str]:
    """The same for these actors."""
    visitors = {text: ids.try_parse(text.removeprefix("operator:"), "usr") for text in actors if ":" in text}
    named = operator_names({user for user in visitors.values() if user is not None})
    found = {text: f"{named[user]} (operator)" for text, user in visitors.items() if user in named}
    known = {text: ids.try_parse(text, "usr") for text in actors}
    by_id = people.names(business_id, {user for user in known.values() if user is not None})
    return found | {text: by_id.get(user, "Former member") for text, user in known.items() if user is not None}
