"""Test and live of one business: what is left to do before it takes payments, and settings copied between them."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, Shape
from app.api.v1.accounts.business import Business, Seen, SettingChange, Word, business_of, changes_of
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.domain.accounts.business.settings.declared import CHANGEABLE
from app.read.accounts.settings_copy import copyable
from app.workflow.accounts.lifecycle import go_live
from app.workflow.accounts.lifecycle.copy_settings import copy_settings


class ChecklistPoint(Answer):
    """One point of the checklist."""

    key: Annotated[str, Field(examples=["legal_name"])]
    done: bool


class BusinessChecklist(Answer):
    """What a business needs: in test mode before its live business opens, live before it takes payments."""

    mode: Annotated[str, Field(description="`test` or `live`.")]
    complete: bool
    active: Annotated[bool, Field(description="Whether it may take payments. A business in test mode always may.")]
    broken: Annotated[
        list[str],
        Field(description="What a business that takes live payments has lost since: `agreement`, `channel`."),
    ]
    points: list[ChecklistPoint]
    twin: Annotated[str | None, Field(description="ID of the business in the other mode.")]


class SettingsCopyPreview(Answer):
    """Settings of the live business that are others in test."""

    version: Annotated[int, Field(description="Of the live settings.")]
    test_version: Annotated[int, Field(description="Of the test settings.")]
    changes: list[SettingChange]


class SettingsCopy(Shape):
    """Which settings are copied."""

    settings: Annotated[list[Word], Field(min_length=1, max_length=len(CHANGEABLE), examples=[["refund_window_days"]])]
    version: Seen = None
    test_version: Annotated[
        int | None, Field(ge=0, le=2**31 - 1, description="The `test_version` you read. If test has moved on, 409.")
    ] = None


@v1.get("/business/checklist", answer=BusinessChecklist, permission="settings.read", tag="Settings")
def get_business_checklist(caller: KeyCaller) -> BusinessChecklist:
    """Get what the business still needs to take payments."""
    found = go_live.checklist(caller.business_id, None)
    return BusinessChecklist(
        mode=found.mode,
        complete=found.is_complete,
        active=found.is_active,
        broken=list(found.broken),
        points=[ChecklistPoint(key=each.key, done=each.is_done) for each in found.points],
        twin=show("biz", found.twin_id) if found.twin_id else None,
    )


@v1.get("/business/copy", answer=SettingsCopyPreview, permission="settings.read", tag="Settings", errors=("no_twin",))
def preview_settings_copy(caller: KeyCaller) -> SettingsCopyPreview:
    """Get what copying settings from test would change.

    For keys of a live business: each setting as it is in live (`before`) and in test (`after`).
    """
    found = copyable(caller.business_id)
    return SettingsCopyPreview(
        version=found.version, test_version=found.test_version, changes=changes_of(found.changes)
    )


@v1.post(
    "/business/copy",
    body=SettingsCopy,
    answer=Business,
    permission="settings.write",
    tag="Settings",
    errors=("no_twin", "unknown_setting", "settings_conflict"),
)
def copy_business_settings(caller: KeyCaller, body: SettingsCopy) -> Answer:
    """Copy settings from test into live.

    For keys of a live business. Makes one version, which can be put back.
    """
    seen = {"seen": body.version, "seen_in_test": body.test_version}
    copy_settings(caller.business_id, body.settings, actor=caller.actor, **seen)
    return business_of(caller)
