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
    named = operator_names({person for person in visitors.values() if person is not None})
    found = {text: f"{named[person]} (operator)" for text, person in visitors.items() if person in named}
    known = {text: ids.try_parse(text, "usr") for text in actors}
    by_id = people.names(business_id, {person for person in known.values() if person is not None})
    return found | {text: by_id.get(person, "Former member") for text, person in known.items() if person is not None}
