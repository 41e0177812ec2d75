"""Confirming alone what takes a second person, from the page of whatever was recorded."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import see_other
from app.web.portal.access import actor, second_factor_at
from app.workflow.accounts.approvals import confirm_alone


def begin_alone(shown: str, told: Callable[[str, str], Response]) -> Response:
    """Begin the delay of what is `shown` by this id, and go to the request that waits; where that is refused, go where
    `told` leads, which is given the reason and the tone of it."""
    who = actor()
    try:
        approval_id = confirm_alone.begin(who.business_id, shown, actor=who.name, proven_at=second_factor_at())
    except AppError as error:
        if error.http_status == 404:
            raise
        return told(error.message, "bad")
    flash("The delay has begun. You can cancel until it is over.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=ids.show("apr", approval_id)))
