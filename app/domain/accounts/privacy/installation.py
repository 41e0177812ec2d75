"""For how many days an operator lets all businesses keep which kind of data: within what its table says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core import settings
from app.core.settings import BadSettings
from app.domain.accounts.privacy.types import Keep, Kind


def narrowed(key: str, keep: Keep) -> tuple[int, int]:
    """The fewest and the most days of a kind: those of the table, or narrower ones of this installation."""
    known = settings.find()
    least, most = known.retention_limits.get(key, (None, None)) if known else (None, None)
    return keep.least if least is None else least, keep.most if most is None else most


def check_installation(limits: Mapping[str, tuple[int | None, int | None]], chosen: Sequence[Kind]) -> None:
    """Go on only when these bounds, by kind, are within those of the table; businesses choose for `chosen`.

    Raises:
        BadSettings: one of them is not.
    """
    keeps = {kind.key: kind.keep for kind in chosen}
    for key, (least, most) in limits.items():
        keep = keeps.get(key)
        if keep is None:
            raise BadSettings(f"RETENTION_LIMITS must name some of {', '.join(sorted(keeps))}, not {key}")
        ends = keep.least if least is None else least, keep.most if most is None else most
        if not keep.least <= ends[0] <= ends[1] <= keep.most:
            raise BadSettings(f"RETENTION_LIMITS must limit {key} to days from {keep.least} to {keep.most}")
