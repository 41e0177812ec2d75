"""Settings of closing orders by hand, of where buyers return to, of calls to companies and of webhooks: part of
declared.py."""

from __future__ import annotations

from app.core.i18n.marks import N_
from app.domain.accounts.business.settings import choices, texts
from app.domain.accounts.business.settings.types import Setting

SELLING = (
    Setting(
        key="close_roles",
        section="orders",
        title=N_("Who closes unpaid orders"),
        kind="choices",
        does=N_("Roles, and API keys, that may close an unpaid order by hand. Choose none for all who change orders."),
        default=[],
        most=10,
        may_be_empty=True,
        empty=N_("whoever may change orders"),
        choices=choices.closers,
        example=["owner", "support", "key"],
    ),
    Setting(
        key="close_while_paying",
        section="orders",
        title=N_("Close orders while a payment is on its way"),
        kind="flag",
        does=N_("The payment is then cancelled at its company first. Off: only orders without such a payment."),
        default=True,
        example=False,
    ),
    Setting(
        key="return_origins",
        section="orders",
        title=N_("Return addresses"),
        kind="texts",
        does=N_("Origins that buyers are sent back to, one per line. Other return addresses are refused."),
        default=[],
        most=20,
        may_be_empty=True,
        empty=N_("any address"),
        check=texts.origin,
        example=["https://shop.example"],
    ),
    Setting(
        key="return_url",
        section="orders",
        title=N_("Default return address"),
        kind="text",
        does=N_("Where buyers go after paying when a checkout session names no address."),
        default=None,
        most=500,
        may_be_empty=True,
        empty=N_("the shop URL"),
        check=texts.return_url,
        example="https://shop.example/thanks",
    ),
    Setting(
        key="breaker_failures",
        section="payments",
        title=N_("Failures before payments pause"),
        kind="number",
        does=N_(
            "A channel that fails so often within a minute, and in half of its calls, gets no payments, refunds or "
            "payouts for a while."
        ),
        default=8,
        least=3,
        most=50,
        unit=N_("failures"),
        example=8,
    ),
    Setting(
        key="breaker_query_failures",
        section="payments",
        title=N_("Failures before polling pauses"),
        kind="number",
        does=N_("Likewise for polls of payments, refunds and payouts."),
        default=8,
        least=3,
        most=50,
        unit=N_("failures"),
        example=8,
    ),
    Setting(
        key="breaker_pause_s",
        section="payments",
        title=N_("First pause"),
        kind="number",
        does=N_("Then one call is tried. While it fails, the pause doubles, up to five minutes."),
        default=15,
        least=5,
        most=300,
        unit=N_("seconds"),
        example=15,
    ),
    Setting(
        key="accounts_tried",
        section="payments",
        title=N_("Accounts tried for a payment"),
        kind="number",
        does=N_("While channel accounts cannot begin a payment, the next one is tried. 1: the buyer chooses again."),
        default=3,
        least=1,
        most=5,
        unit=N_("accounts"),
        example=3,
    ),
    Setting(
        key="max_channel_accounts",
        section="payments",
        title=N_("Channel accounts at most"),
        kind="number",
        does=N_("Adding another one is refused. Accounts that are there stay."),
        default=100,
        least=1,
        most=100,
        unit=N_("accounts"),
        example=100,
    ),
    Setting(
        key="webhook_attempts",
        section="webhooks",
        title=N_("Attempts for each webhook"),
        kind="number",
        does=N_(
            "After so many, a delivery has failed and the next one of its object is sent. Pauses grow from 5 seconds "
            "to a day."
        ),
        default=10,
        least=1,
        most=10,
        unit=N_("attempts"),
        example=10,
    ),
)
