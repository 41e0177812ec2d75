"""Settings of retention, made of the kinds of data that a business may choose for: part of declared.py."""

from __future__ import annotations

from app.core.i18n.marks import N_
from app.domain.accounts.business.settings.types import Bounds, Setting
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.installation import narrowed
from app.domain.accounts.privacy.types import Keep, Kind


def _setting(kind: Kind, keep: Keep) -> Setting:
    return Setting(
        key=kind.setting,
        section="retention",
        title=kind.title,
        kind="number",
        does=_does(kind, keep.least, keep.most, keep.bounds),
        default=keep.days,
        least=keep.least,
        most=keep.most,
        unit=N_("days"),
        example=keep.days,
        now=lambda: _here(kind, keep),
    )


def _here(kind: Kind, keep: Keep) -> Bounds:
    least, most = narrowed(kind.key, keep)
    is_narrower = (least, most) != (keep.least, keep.most)
    why = f"{keep.bounds} The operator of this installation limits it further." if is_narrower else keep.bounds
    return Bounds(least, most, _does(kind, least, most, why))


def _does(kind: Kind, least: int, most: int, why: str) -> str:
    return f"{kind.what}. {least} to {most:,} days. {why}"


KEEPING = tuple(_setting(kind, kind.keep) for kind in kinds.CHOSEN if kind.keep)
