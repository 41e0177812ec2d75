"""How a business's panel looks, on the merchant's page and on ours."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.domain.accounts.business.appearance import legibility, tables
from app.domain.accounts.business.appearance.legibility import Finding as Finding
from app.domain.accounts.business.appearance.rules import cleaned, merged
from app.domain.accounts.business.appearance.sheet import stylesheet
from app.domain.accounts.business.appearance.types import Appearance
from app.domain.accounts.business.models import Business
from app.domain.orders.models import CheckoutConfiguration, CheckoutSession


class _Chosen(db.JoinedRow):
    appearance: dict[str, Any]
    configuration: dict[str, Any] | None


class _Versioned(db.JoinedRow):
    appearance: dict[str, Any]
    appearance_version: int


@dataclass(frozen=True)
class Choices:
    """What there is to choose from. `colours` have a default in every theme, `palettes` by theme: light, dark."""

    themes: tuple[str, ...]
    densities: tuple[str, ...]
    labels: tuple[str, ...]
    colours: tuple[str, ...]
    palettes: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]


def choices() -> Choices:
    """What an editor offers."""
    palettes = {name: (tables.palette(name, dark=False), tables.palette(name, dark=True)) for name in tables.THEMES}
    return Choices(tables.THEMES, tables.DENSITIES, tables.LABELS, tables.COLOURS, palettes)


def saved(business_id: uuid.UUID) -> Appearance:
    """What the business chose; empty when it chose nothing."""
    with db.reading(business_id):
        found = db.scalar(select(Business.appearance).where(Business.id == business_id))
    return cast(Appearance, found or {})


def saved_with_version(business_id: uuid.UUID) -> tuple[Appearance, int]:
    """What the business chose, and how often that was changed."""
    query = select(Business.appearance, Business.appearance_version).where(Business.id == business_id)
    with db.reading(business_id):
        row = db.first(db.select_as(_Versioned, query))
    return (cast(Appearance, row.appearance or {}), row.appearance_version) if row else ({}, 0)


def worn(business: Mapping[str, Any] | None, configuration: Mapping[str, Any] | None) -> Appearance | None:
    """What a session wears: the business's choice, and over it that of the configuration it was opened from."""
    return merged(business or {}, configuration or {}) or None


def sheet_of_session(business_id: uuid.UUID, session_id: uuid.UUID) -> str:
    """The style sheet for the hosted page of a session.

    Raises:
        NotFound: there is no such session.
    """
    found = (
        select(Business.appearance, CheckoutConfiguration.appearance.label("configuration"))
        .select_from(CheckoutSession)
        .join(Business, Business.id == CheckoutSession.business_id)
        .outerjoin(
            CheckoutConfiguration,
            (CheckoutConfiguration.business_id == CheckoutSession.business_id)
            & (CheckoutConfiguration.id == CheckoutSession.configuration_id),
        )
    )
    with db.reading(business_id):
        row = db.first(
            db.select_as(_Chosen, found).where(
                CheckoutSession.business_id == business_id, CheckoutSession.id == session_id
            )
        )
    if row is None:
        raise NotFound("not_found", "There is no such checkout session.")
    return stylesheet(worn(row.appearance, row.configuration) or {})


def sheet_of_business(business_id: uuid.UUID) -> str:
    """The style sheet for the business's other pages for buyers."""
    return stylesheet(saved(business_id))


def check(settings: Mapping[str, Any]) -> list[Finding]:
    """How well an appearance can be read, pair by pair.

    Raises:
        Invalid: it cannot be kept.
    """
    return legibility.findings(cleaned(settings))
