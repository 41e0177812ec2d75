"""The kinds of metrics, and what their columns say."""

from __future__ import annotations

from dataclasses import dataclass

# Kind → what `number`, `subset_count` and `amount_minor` are, by which `key`; by which moment it falls into an hour.
KINDS: dict[str, str] = {
    "sales": "orders paid, –, their totals; by the moment of payment",
    "first": "orders paid that were their buyer's first, –, their totals",
    "product": "pieces paid, orders, amounts of the lines; key: product",
    "channel": "payments, –, their amounts; key: channel account",
    "coupon": "orders, –, discount; key: coupon template",
    "promotion": "orders, –, discount; key: promotion",
    "refund": "refunds made, –, their amounts; by the moment it was known that they are made",
    "reason": "the same; key: the reason",
    "tried": "attempts to pay that are decided, those that succeeded, –; by their beginning; key: channel account",
    "visit": "visits to the checkout that are over, –, –; by their beginning; key: how far they came",
}
# How far a visit comes, in order; who came far is counted at each stage before as well.
STAGES = ("opened", "chosen", "confirmed", "paid")


@dataclass(frozen=True)
class Definition:
    """What a metric means: `says` for everybody, `counted` for who wants to count it again."""

    anchor: str
    title: str
    says: str
    counted: str


DEFINITIONS = (
    Definition(
        "gross-sales",
        "Sales",
        "What buyers paid for orders, discounts taken off already, refunds not.",
        "The totals of all orders by the moment they were paid. An order that cost nothing counts as an order of zero.",
    ),
    Definition(
        "net-sales",
        "Net of refunds",
        "Sales, less what went back to buyers in the same time, whenever they had bought.",
        "Sales minus refunds. A day with more refunds than sales is below zero.",
    ),
    Definition(
        "orders",
        "Orders paid",
        "How many orders were paid. One that was refunded later still counts.",
        "Orders by the moment they were paid.",
    ),
    Definition(
        "average-order",
        "Average order",
        "What buyers paid for an order on average.",
        "Sales divided by orders paid, rounded down to the currency's smallest unit.",
    ),
    Definition(
        "success-rate",
        "Payment success rate",
        "Of the attempts to pay that have an end, how many were successful. Those still open do not count.",
        "Attempts of charges by the moment they were begun: succeeded divided by succeeded, failed and cancelled,"
        " rounded down. A payment that fails at one channel and succeeds at the next is two attempts.",
    ),
    Definition(
        "funnel",
        "Checkout conversion",
        "How far visits to the checkout came. Orders placed by your server alone have no visit.",
        "Checkout sessions by the moment they were opened: all; those where a way to pay was chosen; those that became"
        " an order; those whose order was paid.",
    ),
    Definition(
        "refund-rate",
        "Refunds",
        "How much went back to buyers, compared with sales of the same time, and why.",
        "Refunds by the moment it was known that they were made, divided by sales. Money that came too late or twice"
        " and went back by itself was never a sale, and is no refund here.",
    ),
    Definition(
        "new-buyers",
        "New and returning buyers",
        "Orders of buyers who paid for the first time, and orders of those who had paid before.",
        "An order is a first one when no order of the same buyer reference was paid before it.",
    ),
    Definition(
        "top-products",
        "Top products",
        "What brought most, after discounts.",
        "The amounts of the lines of paid orders by product, by the moment of payment.",
    ),
    Definition(
        "fees",
        "Fees",
        "What channels will charge by the fees you set for them. Where you set none, none is known.",
        "For each channel the sum of its payments times its basis points, rounded half up, plus the fixed fee of each.",
    ),
    Definition(
        "balances",
        "Balances",
        "What each ledger account stood at when the first day began and when the last one ended, what came in and"
        " what went out. What others owe you equals what is yours and your buyers', or the ledger is wrong.",
        "Posted entries of the ledger by the moment they were posted; money that is only held is not in it. What"
        " channels owe grows with debits, what is yours or your buyers' with credits.",
    ),
    Definition(
        "currency",
        "By currency",
        "Amounts of different currencies are never added.",
        "Each metric is counted for each currency by itself.",
    ),
    Definition(
        "period",
        "Days, and what they compare with",
        "Days are those of the business's time zone. A day compares with the same day of the week before, seven or"
        " thirty days with those right before them, a month or a quarter with the one before. What is still going on"
        " compares with the other up to the same time of day.",
        "Metrics are counted a few seconds after the fact. The page says when they are behind.",
    ),
)
