"""How a timeline calls those who did something."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core import ids
from app.read import people
from app.read.timeline import Moment


def actor_names(business_id: uuid.UUID, moments: Sequence[Moment]) -> dict[str, str]:
    """People's names by how histories name them; programs and companies are not in it."""
    known = {moment.actor: ids.try_parse(moment.actor, "usr") for moment in moments}
    by_id = people.names(business_id, {person for person in known.values() if person is not None})
    return {text: by_id.get(person, "Somebody who left") for text, person in known.items() if person is not None}
