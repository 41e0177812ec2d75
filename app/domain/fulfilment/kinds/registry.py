"""The kinds of delivery that need nothing but this noun, by name."""

from __future__ import annotations

from app.domain.fulfilment.kinds.download import DownloadKind
from app.domain.fulfilment.kinds.entitlement import EntitlementKind
from app.domain.fulfilment.kinds.licence_key import LicenceKeyKind
from app.domain.fulfilment.kinds.points import PointsKind
from app.domain.fulfilment.types import DeliveryKind

KINDS: dict[str, DeliveryKind] = {
    "entitlement": EntitlementKind(),
    "licence_key": LicenceKeyKind(),
    "download": DownloadKind(),
    "points": PointsKind(),
}
