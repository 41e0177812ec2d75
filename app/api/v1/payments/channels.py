"""The ways to be paid that there are, and how the business's accounts at them do."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.kit.shapes import DIGITS_ONLY, Answer, QueryShape
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.domain.payments.channels.types import Channel, SettingField
from app.read.payments import channel_health
from app.workflow.guarded_channel import OPERATIONS
from app.workflow.payments.manage_channels import available_channels

BreakerState = Annotated[
    Literal["closed", "half_open", "probing", "open"],
    Field(description="`open`: paused after too many failures, then retried."),
]


class SettingChoice(Answer):
    """A value that a setting may have."""

    value: str
    title: str


class ChannelSetting(Answer):
    """One setting of a channel's accounts."""

    name: str
    label: str
    kind: Annotated[Literal["text", "secret", "url", "select"], Field(description="A `secret` is never returned.")]
    required: bool
    help: str
    choices: Annotated[list[SettingChoice], Field(description="Options of a `select`.")]


class PaymentChannel(Answer):
    """A way to be paid that this installation knows."""

    name: str
    title: str
    scenes: Annotated[list[str], Field(description="Where buyers pay: `web`, `qr`, …; the first is the default.")]
    currencies: Annotated[list[str], Field(description="Empty: every currency.")]
    test_only: Annotated[bool, Field(description="Not available in live mode.")]
    settings: list[ChannelSetting]


class PaymentChannels(Answer):
    """All of them, by title."""

    data: list[PaymentChannel]


class HealthQuery(QueryShape):
    """The span."""

    hours: Annotated[int, Field(ge=1, le=24, description="Number of past hours."), DIGITS_ONLY] = 6


class ChannelCalls(Answer):
    """The calls of one operation."""

    operation: Annotated[str, Field(examples=["create"])]
    state: BreakerState
    calls: int
    successes: Annotated[int, Field(description="Number of successful calls.")]
    p50_ms: int | None
    p99_ms: int | None


class ChannelAccountHealth(Answer):
    """How one account did."""

    account_id: str
    channel: str
    name: str
    enabled: bool
    state: Annotated[BreakerState, Field(description="The worst state of its operations.")]
    operations: Annotated[list[ChannelCalls], Field(description="Operations that were used or are not `closed`.")]


class ChannelHealth(Answer):
    """Every account, by priority; 100 at most."""

    data: list[ChannelAccountHealth]


@v1.get("/channels", answer=PaymentChannels, permission="channels.read", tag="Channels")
def list_channels(caller: KeyCaller) -> PaymentChannels:  # noqa: ARG001
    """List channels.

    The ways to be paid that there are, and which settings an account at each of them takes.
    """
    return PaymentChannels(data=[_channel(each) for each in available_channels()])


@v1.get("/channel_health", query=HealthQuery, answer=ChannelHealth, permission="channels.read", tag="Channels")
def get_channel_health(caller: KeyCaller, query: HealthQuery) -> ChannelHealth:
    """See how channels do.

    The calls of the last hours by account and operation, and whether one of them is left in peace.
    """
    found = channel_health.health(caller.business_id, hours=query.hours, operations=OPERATIONS)
    return ChannelHealth(data=[_health(each) for each in found.accounts])


def _channel(each: Channel) -> PaymentChannel:
    can = each.capabilities
    return PaymentChannel(
        name=each.name,
        title=each.title,
        scenes=list(can.scenes),
        currencies=sorted(can.currencies),
        test_only=can.test_only,
        settings=[_setting(field) for field in each.settings_schema],
    )


def _setting(field: SettingField) -> ChannelSetting:
    return ChannelSetting(
        name=field.name,
        label=field.label,
        kind=field.kind,
        required=field.required,
        help=field.help,
        choices=[SettingChoice(value=value, title=title) for value, title in field.choices],
    )


def _health(found: channel_health.AccountHealth) -> ChannelAccountHealth:
    row = found.row
    return ChannelAccountHealth(
        account_id=show("cha", row.id),
        channel=row.channel,
        name=row.name,
        enabled=row.enabled,
        state=found.state,
        operations=[
            ChannelCalls(
                operation=each.name,
                state=each.state,
                calls=each.calls,
                successes=each.successes,
                p50_ms=each.p50_ms,
                p99_ms=each.p99_ms,
            )
            for each in found.operations
        ],
    )
