"""Chats that alerts are put into, and from how much on a refund is large."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, AmountMinor, Answer, Currency, HttpUrl, Moment, OneOf, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.notifications.alerts.types import KINDS
from app.read.notifications import alerts
from app.workflow.notifications import manage_alerts
from app.workflow.notifications.manage_alerts import AlertChatCommand

Format = Annotated[str, OneOf(("slack", "discord", "feishu", "dingtalk", "teams", "plain"))]
Kind = Annotated[str, OneOf(tuple(KINDS))]
Kinds = Annotated[
    list[Kind],
    Field(max_length=len(KINDS), description="Alerts sent to this chat."),
]


class AlertChatRequest(Shape):
    """A chat to be added."""

    format: Format
    url: Annotated[HttpUrl, Field(description="The chat’s webhook URL. Stored encrypted.")]
    secret: Annotated[
        str,
        Field(max_length=200, description="Signing secret for `feishu` and `dingtalk`, if used."),
        PRINTABLE,
    ] = ""
    name: Annotated[str, Field(max_length=100), PRINTABLE] = ""
    kinds: Kinds = list(KINDS)


class AlertChatChange(Shape):
    """What shall be different."""

    enabled: Annotated[bool, Field(description="When turned on, it receives alerts from now on.")]


class AlertChat(Answer):
    """A chat, without its address."""

    id: str
    name: str
    format: Format
    hint: Annotated[str, Field(description="Masked webhook URL.")]
    kinds: list[str]
    enabled: bool
    failures: Annotated[int, Field(description="Consecutive failed messages.")]
    error: Annotated[str | None, Field(description="Why the last message failed.")]
    notified_at: Annotated[Moment | None, Field(description="Time of the last delivered message.")]
    created_at: Moment


class AlertChatTest(Answer):
    """Whether a test message came."""

    chat_id: str
    taken: bool
    problem: Annotated[str | None, Field(description="Why it failed.")]


class LargeRefund(Shape):
    """From how much on a refund is large in a currency."""

    currency: Currency
    amount_minor: AmountMinor


def _each_once(amounts: list[LargeRefund]) -> list[LargeRefund]:
    if len({each.currency for each in amounts}) != len(amounts):
        raise ValueError("must name each currency once")
    return amounts


class LargeRefundsRequest(Shape):
    """All of them, instead of those before."""

    amounts: Annotated[list[LargeRefund], Field(max_length=manage_alerts.MAX_CURRENCIES), AfterValidator(_each_once)]


class ShownLargeRefund(Answer):
    """From how much on a refund is large in a currency."""

    currency: str
    amount_minor: int


class LargeRefunds(Answer):
    """All of them, by currency."""

    data: list[ShownLargeRefund]


@v1.get("/alert_chats", query=ListQuery, answer=Page[AlertChat], permission="alerts.read", tag="Alerts")
def list_alert_chats(caller: KeyCaller, query: ListQuery) -> Page[AlertChat]:
    """List chats for alerts.

    Newest first.
    """
    found = alerts.list_chats(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_chat, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/alert_chats",
    body=AlertChatRequest,
    answer=AlertChat,
    status=201,
    permission="alerts.write",
    idempotent=True,
    tag="Alerts",
    errors=("invalid_url", "too_many_chats"),
)
def create_alert_chat(caller: KeyCaller, body: AlertChatRequest, claim_id: UUID) -> Callable[[], AlertChat]:
    """Put alerts into a chat.

    From now on. Test it: nothing is sent there before there is an alert.
    """
    command = AlertChatCommand(body.name, body.format, body.url, body.kinds, body.secret)
    made = manage_alerts.add_chat(caller.business_id, command, chat_id=claim_id)
    return lambda: _chat(alerts.get_chat(caller.business_id, made))


@v1.get("/alert_chats/{chat_id}", answer=AlertChat, permission="alerts.read", tag="Alerts")
def get_alert_chat(caller: KeyCaller, chat_id: str) -> AlertChat:
    """Get a chat for alerts."""
    return _reload(caller, chat_id)


@v1.patch("/alert_chats/{chat_id}", body=AlertChatChange, answer=AlertChat, permission="alerts.write", tag="Alerts")
def switch_alert_chat(caller: KeyCaller, chat_id: str, body: AlertChatChange) -> AlertChat:
    """Switch a chat for alerts on or off."""
    manage_alerts.switch_chat(caller.business_id, parse("alc", chat_id), enabled=body.enabled)
    return _reload(caller, chat_id)


@v1.post("/alert_chats/{chat_id}/test", answer=AlertChatTest, permission="alerts.write", tag="Alerts")
def try_alert_chat(caller: KeyCaller, chat_id: str) -> AlertChatTest:
    """Send a test message to a chat."""
    problem = manage_alerts.try_chat(caller.business_id, parse("alc", chat_id))
    return AlertChatTest(chat_id=chat_id, taken=problem is None, problem=problem)


@v1.delete("/alert_chats/{chat_id}", status=204, permission="alerts.write", tag="Alerts")
def remove_alert_chat(caller: KeyCaller, chat_id: str) -> None:
    """Remove a chat for alerts.

    Its address is forgotten.
    """
    manage_alerts.remove_chat(caller.business_id, parse("alc", chat_id))


@v1.get("/large_refunds", answer=LargeRefunds, permission="alerts.read", tag="Alerts")
def get_large_refunds(caller: KeyCaller) -> LargeRefunds:
    """Get from how much on a refund is large."""
    return _large(caller)


@v1.post(
    "/large_refunds",
    body=LargeRefundsRequest,
    answer=LargeRefunds,
    permission="alerts.write",
    tag="Alerts",
    errors=("unknown_currency",),
)
def set_large_refunds(caller: KeyCaller, body: LargeRefundsRequest) -> LargeRefunds:
    """Say from how much on a refund is large.

    Such a refund raises an alert. It takes nobody's approval: that is what limits are for.
    """
    amounts = {each.currency: each.amount_minor for each in body.amounts}
    manage_alerts.set_large_refunds(caller.business_id, amounts)
    return _large(caller)


def _large(caller: KeyCaller) -> LargeRefunds:
    amounts = alerts.large_refunds(caller.business_id)
    return LargeRefunds(
        data=[ShownLargeRefund(currency=each, amount_minor=minor) for each, minor in sorted(amounts.items())]
    )


def _reload(caller: KeyCaller, chat_id: str) -> AlertChat:
    return _chat(alerts.get_chat(caller.business_id, parse("alc", chat_id)))


def _chat(row: alerts.ChatRow) -> AlertChat:
    return AlertChat(
        id=show("alc", row.id),
        name=row.name,
        format=row.format,
        hint=row.hint,
        kinds=row.kinds,
        enabled=row.enabled,
        failures=row.failures,
        error=row.error,
        notified_at=moment_text(row.notified_at),
        created_at=moment_text(row.created_at),
    )
