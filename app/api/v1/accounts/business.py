"""The settings of the business, drawn from their declaration, and every version of them."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, create_model

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Moment, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.accounts.business.settings.declared import CHANGEABLE
from app.domain.accounts.business.settings.types import LONGEST_TEXT, SEVERAL, Setting
from app.read.accounts import settings as read
from app.read.accounts.settings_effects import effects
from app.workflow.accounts import change_settings, restore_settings

_ERRORS = ("invalid_setting", "unknown_setting", "invalid_email", "invalid_url", "settings_conflict")
_META = {"version", "reason"}
Word = Annotated[str, Field(max_length=LONGEST_TEXT), PRINTABLE]
Reason = Annotated[str, Field(max_length=change_settings.MAX_REASON, description="Kept with the version."), PRINTABLE]
Seen = Annotated[
    int | None,
    Field(ge=0, le=2**31 - 1, description="The `version` you read. If what you change was changed since, 409."),
]


class BusinessHead(Answer):
    """Which business, and the version of its settings that is in force."""

    id: Annotated[str, Field(examples=["biz_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
    mode: Annotated[str, Field(description="`test` or `live`.")]
    version: Annotated[int, Field(description="Number of changes so far.")]


class ChangeHead(Shape):
    """How settings are changed."""

    version: Seen = None
    reason: Reason = ""


def _text_of(setting: Setting) -> str:
    ends = f" Null or empty: {setting.empty}." if setting.may_be_empty else ""
    unit = " In seconds." if setting.key.endswith("_s") else ""
    return f"{setting.does}{unit}{ends}"


def _type_of(setting: Setting) -> Any:
    """The type of a setting's member in a request."""
    if setting.kind == "flag":
        return bool
    if setting.kind == "number":
        return Annotated[int, Field(ge=setting.least, le=setting.most)]
    if setting.kind in SEVERAL:
        return Annotated[list[Word], Field(max_length=setting.most)]
    return Annotated[str, Field(max_length=setting.most or LONGEST_TEXT), PRINTABLE]


def _member(setting: Setting) -> Any:
    plain: dict[str, Any] = {"flag": bool, "number": int, **dict.fromkeys(SEVERAL, list[str])}
    kind = plain.get(setting.kind, str)
    is_null = setting.may_be_empty and setting.kind not in SEVERAL
    return Annotated[kind | None if is_null else kind, Field(description=_text_of(setting), examples=[setting.example])]


def _change(setting: Setting) -> Any:
    described = Field(description=_text_of(setting), examples=[setting.example])
    return Annotated[_type_of(setting) | None, described]


_MEMBERS: dict[str, Any] = {key: (_member(setting), ...) for key, setting in CHANGEABLE.items()}
_CHANGES: dict[str, Any] = {key: (_change(setting), None) for key, setting in CHANGEABLE.items()}
Business = create_model("Business", __base__=BusinessHead, __doc__="The settings of the business.", **_MEMBERS)
BusinessChange = create_model(
    "BusinessChange", __base__=ChangeHead, __doc__="What shall be different; what is not named stays.", **_CHANGES
)


class SettingChange(Answer):
    """One setting before and after."""

    setting: Annotated[str, Field(examples=["auto_confirm_s"])]
    before: Any
    after: Any


class SettingEffect(Answer):
    """What a change does to rows that are there already."""

    setting: Annotated[str, Field(examples=["auto_confirm_s"])]
    count: int
    text: str


class BusinessChangePreview(Answer):
    """What a change would do. Nothing was saved."""

    changes: list[SettingChange]
    effects: list[SettingEffect]


class BusinessVersion(Answer):
    """One change of settings."""

    id: Annotated[str, Field(examples=["bsv_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
    number: int
    changes: list[SettingChange]
    actor: Annotated[str, Field(description="Who: `usr_…`, `key:…`, or `system`.")]
    reason: str
    restored_version: Annotated[int | None, Field(description="Number of the version that this one put back.")]
    created_at: Moment


class RestoreRequest(Shape):
    """Which side of the version is put back."""

    undo: Annotated[bool, Field(description="Put back what was before this version, not what it made.")] = False
    version: Seen = None
    reason: Reason = ""


@v1.get("/business", answer=Business, permission="settings.read", tag="Settings")
def get_business(caller: KeyCaller) -> Answer:
    """Get the settings of the business."""
    return business_of(caller)


@v1.patch(
    "/business", body=BusinessChange, answer=Business, permission="settings.write", tag="Settings", errors=_ERRORS
)
def change_business(caller: KeyCaller, body: ChangeHead) -> Answer:
    """Change settings of the business.

    All that are named, or none. Each change is a version that can be put back.
    """
    wanted = body.model_dump(exclude_unset=True, exclude=_META)
    change_settings.change_settings(
        caller.business_id, wanted, actor=caller.actor, reason=body.reason, seen=body.version
    )
    return business_of(caller)


@v1.post(
    "/business/preview",
    body=BusinessChange,
    answer=BusinessChangePreview,
    permission="settings.write",
    tag="Settings",
    errors=_ERRORS,
)
def preview_business_change(caller: KeyCaller, body: ChangeHead) -> BusinessChangePreview:
    """Get what a change of settings would do.

    Checks the same body as the change, saves nothing, and counts the orders and SKUs that it would affect at once.
    """
    before = read.settings(caller.business_id).values
    after = change_settings.checked(body.model_dump(exclude_unset=True, exclude=_META))
    changes = {key: {"before": before[key], "after": value} for key, value in after.items() if before[key] != value}
    ahead = effects(caller.business_id, before, after)
    return BusinessChangePreview(
        changes=changes_of(changes),
        effects=[SettingEffect(setting=each.key, count=each.count, text=each.text) for each in ahead],
    )


@v1.get("/business/versions", query=ListQuery, answer=Page[BusinessVersion], permission="settings.read", tag="Settings")
def list_business_versions(caller: KeyCaller, query: ListQuery) -> Page[BusinessVersion]:
    """List versions of the settings, newest first."""
    found = read.list_versions(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_version, key=lambda row: (row.created_at, row.id))


@v1.get("/business/versions/{business_version_id}", answer=BusinessVersion, permission="settings.read", tag="Settings")
def get_business_version(caller: KeyCaller, business_version_id: str) -> BusinessVersion:
    """Get a version of the settings."""
    return _version(read.version(caller.business_id, _id(business_version_id)))


@v1.post(
    "/business/versions/{business_version_id}/restore",
    body=RestoreRequest,
    answer=Business,
    permission="settings.write",
    tag="Settings",
    errors=("unknown_split", *_ERRORS),
)
def restore_business_version(caller: KeyCaller, business_version_id: str, body: RestoreRequest) -> Answer:
    """Put a version of the settings back.

    Every setting is what it was when that version had just been made. This makes a new version.
    """
    options: dict[str, Any] = {"actor": caller.actor, "reason": body.reason, "seen": body.version}
    restore_settings.restore_settings(caller.business_id, _id(business_version_id), undo=body.undo, **options)
    return business_of(caller)


def _id(shown: str) -> UUID:
    return parse("bsv", shown)


def business_of(caller: KeyCaller) -> Answer:
    """The settings of the caller's business."""
    found = read.settings(caller.business_id)
    values = {key: found.values[key] for key in CHANGEABLE}
    return Business(id=show("biz", found.business_id), mode=found.mode, version=found.version, **values)


def _version(row: read.VersionRow) -> BusinessVersion:
    return BusinessVersion(
        id=show("bsv", row.id),
        number=row.number,
        changes=changes_of(row.changes),
        actor=row.actor,
        reason=row.reason,
        restored_version=row.restored_number,
        created_at=moment_text(row.created_at),
    )


def changes_of(changes: Any) -> list[SettingChange]:
    """Changes by key, as a list."""
    return [SettingChange(setting=key, **change) for key, change in changes.items()]
