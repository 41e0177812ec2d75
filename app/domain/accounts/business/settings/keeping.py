"""Settings of retention, made of the kinds of data that a business may choose for: part of declared.py."""

from __future__ import annotations

from app.core.i18n.marks import N_
from app.domain.accounts.business.settings.types import Setting
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.types import Keep, Kind


def _setting(kind: Kind, keep: Keep) -> Setting:
    return Setting(
        key=kind.setting,
        section="retention",
        title=kind.title,
        kind="number",
        does=f"{kind.what}. {keep.least} to {keep.most:,} days. {keep.bounds}",
        default=keep.days,
        least=keep.least,
        most=keep.most,
        unit=N_("days"),
        example=keep.days,
    )


KEEPING = tuple(_setting(kind, kind.keep) for kind in kinds.CHOSEN if kind.keep)
