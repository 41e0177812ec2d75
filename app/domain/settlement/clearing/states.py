"""The edges of versions of split rules."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.settlement.clearing.models import SplitRuleVersion


class VersionStatus(StrEnum):
    """Where a version of a split rule stands."""

    DRAFT = "draft"
    REQUESTED = "requested"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    DISCARDED = "discarded"


class EntryKind(StrEnum):
    """What a clearing entry says."""

    SHARE = "share"
    FEE = "fee"
    SHARE_REVERSED = "share_reversed"
    FEE_REVERSED = "fee_reversed"


# Those that are still being written or decided about; a rule has one of them at most.
OPEN_VERSIONS = (VersionStatus.DRAFT, VersionStatus.REQUESTED)
# Those that ever counted.
EFFECTIVE_VERSIONS = (VersionStatus.IN_FORCE, VersionStatus.SUPERSEDED)

SPLIT_RULE_VERSION = Machine(
    name="split_rule_version",
    model=SplitRuleVersion,
    initial=VersionStatus.DRAFT,
    edges={
        (VersionStatus.DRAFT, VersionStatus.REQUESTED): None,
        (VersionStatus.DRAFT, VersionStatus.DISCARDED): None,
        (VersionStatus.REQUESTED, VersionStatus.DRAFT): None,
        (VersionStatus.REQUESTED, VersionStatus.REJECTED): None,
        (VersionStatus.REQUESTED, VersionStatus.IN_FORCE): "split_rule.in_force",
        (VersionStatus.IN_FORCE, VersionStatus.SUPERSEDED): None,
    },
)
