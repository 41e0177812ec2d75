"""The account that a payment of an order begins at, and what its company is to be asked for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from app.core import clock, settings
from app.core.ids import show
from app.core.money import Money
from app.domain.accounts.business.origins import check_return_url
from app.domain.orders.models import Order
from app.domain.orders.types import Placed
from app.domain.payments import requests
from app.domain.payments.channels.types import PayRequest
from app.domain.payments.errors import NoChannel, Unsupported
from app.workflow.steps.payments import channel_access, choose_route
from app.workflow.steps.payments.channel_access import OpenAccount
from app.workflow.steps.payments.choose_route import Choice


@dataclass(frozen=True)
class SelectedAccount:
    """The account, why it was chosen, and what to ask for there; the order waits until the request expires."""

    choice: Choice
    account: OpenAccount
    request: PayRequest


def select_account(
    order: Order | Placed,
    money: Money,
    *,
    attempt_id: uuid.UUID,
    requested_channel: str | None,
    scene: str,
    return_url: str | None,
    buyer_ip: str | None = None,
    exclude_wallet: bool = False,
    tried: frozenset[uuid.UUID] = frozenset(),
    moment: datetime | None = None,
) -> SelectedAccount:
    """The first account that takes the payment and can put it to its company, in the open phase. Nothing is written.
    `moment` is the present, where the caller has looked at the accounts as of then.

    Raises:
        Invalid: the business lets nobody be sent back there.
        NoChannel, OtherChannelNeeded: none takes it. Unsupported: none of those that do has words for it.
    """
    refusal: Unsupported | None = None
    moment = moment or clock.now()
    placed_at = moment if isinstance(order, Placed) else order.created_at
    while True:
        try:
            choice = choose_route.choose(
                money,
                requested_channel=requested_channel,
                scene=scene,
                seed=order.id,
                order_id=order.id,
                exclude_wallet=exclude_wallet,
                tried=tried,
                only=frozenset(order.channels),
                moment=moment,
            )
        except NoChannel:
            if refusal is not None:
                raise refusal from None
            raise
        check_return_url(return_url, choice.account.return_origins, own=settings.current().public_url)
        account = channel_access.opened(choice.account)
        until = channel_access.pay_until(account, order.expires_at, placed_at, moment)
        request = request_of(
            order, account, attempt_id, money=money, scene=scene, return_url=return_url, buyer_ip=buyer_ip
        )
        request = replace(request, expires_at=until)
        try:
            requests.validate(account.channel, account.settings, request)
        except Unsupported as error:
            refusal, tried = refusal or error, tried | {account.id}
            continue
        return SelectedAccount(choice, account, request)


def request_of(
    order: Order | Placed,
    account: OpenAccount,
    attempt_id: uuid.UUID,
    *,
    money: Money,
    scene: str,
    return_url: str | None,
    buyer_ip: str | None = None,
) -> PayRequest:
    """What the company is asked for, from what is stored: the same whenever it is asked again."""
    public_url = settings.current().public_url
    expires_at: datetime = order.expires_at
    known: dict[str, str] = order.details.get("payer", {})
    return PayRequest(
        attempt_ref=show("att", attempt_id),
        amount=money,
        scene=scene,
        subject=f"Order {order.number}",
        notify_url=f"{public_url}/callbacks/{account.channel.name}/{show('cha', account.id)}",
        return_url=return_url or f"{public_url}/portal",
        expires_at=expires_at,
        details={**known, "buyer_ip": buyer_ip} if buyer_ip else known,
    )
