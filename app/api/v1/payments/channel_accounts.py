"""The business's accounts at channels. Their secrets go in and never come out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core import settings
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.domain.payments.channels import registry
from app.read.payments import channels
from app.workflow.payments import manage_channels
from app.workflow.payments.try_connection import try_connection

ChannelName = Annotated[
    str,
    StringConstraints(pattern="^[a-z0-9]{1,40}$"),
    Field(description="A `name` of `/v1/channels`.", examples=["stripe"]),
]
AccountName = Annotated[ShortText, Field(max_length=80, examples=["Stripe EU"])]
Priority = Annotated[int, Field(ge=0, le=10_000, description="Lower numbers come first.")]
Settings = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern="^[a-z0-9_]{1,60}$")],
        Annotated[
            str,
            StringConstraints(max_length=8_000),
            AfterValidator(lambda text: text.replace("\r\n", "\n")),
            PRINTABLE,
        ],
    ],
    Field(
        max_length=40,
        description="Settings as listed in `/v1/channels`. Secrets are stored encrypted and never returned.",
        examples=[{"base_url": "https://api.stripe.com", "secret_key": "sk_test_…"}],
    ),
]
_ERRORS = ("invalid_settings", "name_taken", "approval_needed", "approval_refused", "key_without_person")


class ChannelAccountRequest(Shape):
    """An account to be added."""

    channel: ChannelName
    name: Annotated[AccountName, Field(description="Internal name.")]
    settings: Settings = {}
    enabled: Annotated[bool, Field(description="Whether it is available to buyers.")] = True
    priority: Priority = 100


class ChannelAccountChange(Shape):
    """What shall be different; what is not named stays."""

    name: AccountName | None = None
    settings: Annotated[
        Settings | None,
        Field(description="Changed settings only. An empty string clears a non-secret setting."),
    ] = None
    enabled: bool | None = None
    priority: Priority | None = None


class ChannelAccount(Answer):
    """A business's account at a channel, without its secrets."""

    id: str
    channel: str
    name: str
    enabled: bool
    priority: int
    settings: Annotated[dict[str, str], Field(description="Non-secret settings.")]
    secrets: Annotated[list[str], Field(description="Names of the configured secrets.")]
    notify_url: Annotated[str, Field(description="The URL for the payment company’s notices.")]
    created_at: Moment


class ConnectionTest(Answer):
    """What came of asking the company about a payment that does not exist."""

    account_id: str
    found: Annotated[
        Literal["good", "network", "no_answer", "settings", "signature", "merchant", "clock", "trouble", "unclear"],
        Field(description="`good`: the connection works. Other values name the problem."),
    ]
    title: str
    text: str
    company_message: Annotated[str, Field(description="The payment company’s response; empty on success.")]


@v1.get("/channel_accounts", query=ListQuery, answer=Page[ChannelAccount], permission="channels.read", tag="Channels")
def list_channel_accounts(caller: KeyCaller, query: ListQuery) -> Page[ChannelAccount]:
    """List channel accounts.

    Newest first.
    """
    found = channels.page_of_accounts(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_account, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/channel_accounts",
    body=ChannelAccountRequest,
    answer=ChannelAccount,
    status=201,
    permission="channels.write",
    idempotent=True,
    tag="Channels",
    errors=("unknown_channel", "test_channel_on_live", "too_many_channel_accounts", "limit_reached", *_ERRORS),
)
def create_channel_account(
    caller: KeyCaller, body: ChannelAccountRequest, claim_id: UUID
) -> Callable[[], ChannelAccount]:
    """Add a channel account.

    Where channels take two people it waits for somebody's approval: 403 `approval_needed`. Repeat the request with the
    same key to learn the end.
    """
    with _naming(body.channel, body.settings):
        made = manage_channels.add_channel_account(
            caller.business_id,
            channel=body.channel,
            values=body.settings,
            actor=caller.actor,
            account_id=claim_id,
            request_id=claim_id,
            name=body.name,
            enabled=body.enabled,
            priority=body.priority,
        )
    return lambda: _account(channels.account(caller.business_id, made))


@v1.get("/channel_accounts/{account_id}", answer=ChannelAccount, permission="channels.read", tag="Channels")
def get_channel_account(caller: KeyCaller, account_id: str) -> ChannelAccount:
    """Get a channel account."""
    return _account(channels.account(caller.business_id, parse("cha", account_id)))


@v1.patch(
    "/channel_accounts/{account_id}",
    body=ChannelAccountChange,
    answer=ChannelAccount,
    permission="channels.write",
    idempotent=True,
    tag="Channels",
    errors=_ERRORS,
)
def change_channel_account(
    caller: KeyCaller, account_id: str, body: ChannelAccountChange, claim_id: UUID
) -> Callable[[], ChannelAccount]:
    """Change a channel account.

    Switch it on and off with `enabled`; put a new secret in its place by sending it. Where channels take two people a
    change of settings waits for somebody's approval (403 `approval_needed`, nothing is changed until then); names,
    priorities and switching do not.
    """
    known = channels.account(caller.business_id, parse("cha", account_id))
    values = body.settings or {}
    with _naming(known.channel, values):
        manage_channels.change_channel_account(
            caller.business_id,
            known.id,
            name=body.name,
            values=values,
            enabled=body.enabled,
            priority=body.priority,
            actor=caller.actor,
            request_id=claim_id,
        )
    return lambda: _account(channels.account(caller.business_id, known.id))


@v1.post(
    "/channel_accounts/{account_id}/test",
    answer=ConnectionTest,
    permission="channels.write",
    tag="Channels",
    errors=("not_a_payment_company",),
)
def try_channel_account(caller: KeyCaller, account_id: str) -> ConnectionTest:
    """Test a channel account.

    Its company is asked, signed as always, about a payment that does not exist. Nothing is moved.
    """
    verdict = try_connection(caller.business_id, parse("cha", account_id))
    return ConnectionTest(
        account_id=account_id,
        found=verdict.found,
        title=verdict.title,
        text=verdict.text,
        company_message=verdict.company_message,
    )


@contextmanager
def _naming(channel: str, values: dict[str, str]) -> Iterator[None]:
    """Says of a refused setting which member of the body it is, also of one that the channel does not have."""
    names = [field.name for field in registry.channel(channel).settings_schema]
    unknown = [name for name in values if name not in names]
    if unknown:
        raise _refused(dict.fromkeys(unknown, f"Unknown setting. Valid settings: {', '.join(names) or 'none'}."))
    try:
        yield
    except Invalid as error:
        if error.code != "invalid_settings":
            raise
        raise _refused(error.details) from None


def _refused(wrong: dict[str, str]) -> Invalid:
    errors = [{"param": f"settings.{name}", "code": "invalid_settings", "detail": text} for name, text in wrong.items()]
    first = errors[0]
    about = {"param": first["param"], "errors": errors[:20]}
    return Invalid("invalid_settings", f"{first['param']}: {first['detail']}", details=about)


def _account(row: channels.AccountRow) -> ChannelAccount:
    shown = show("cha", row.id)
    found = registry.CHANNELS.get(row.channel)
    schema = found.settings_schema if found is not None else ()  # not installed any more: nobody knows what is secret
    return ChannelAccount(
        id=shown,
        channel=row.channel,
        name=row.name,
        enabled=row.enabled,
        priority=row.priority,
        settings={each.name: row.settings.get(each.name, "") for each in schema if each.kind != "secret"},
        secrets=[each.name for each in schema if each.kind == "secret" and row.settings.get(each.name)],
        notify_url=f"{settings.current().public_url}/callbacks/{row.channel}/{shown}",
        created_at=moment_text(row.created_at),
    )
