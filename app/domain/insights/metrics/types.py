"""The kinds of metrics, and what their columns say."""

from __future__ import annotations

from dataclasses import dataclass

# Kind → what `number`, `subset_count` and `amount_minor` are, by which `key`; by which moment it falls into an hour.
KINDS: dict[str, str] = {
    "sales": "orders paid, –, their totals; by the moment of payment",
    "first": "orders paid that were their buyer's first, –, their totals",
    "product": "units paid, orders, line amounts; key: product",
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
        "Amount paid for orders, after discounts and before refunds.",
        "Sum of order totals by payment time. Free orders count as zero.",
    ),
    Definition(
        "net-sales",
        "Net of refunds",
        "Sales minus refunds made in the same period, regardless of when the order was paid.",
        "Sales minus refunds. Negative on days with more refunds than sales.",
    ),
    Definition(
        "orders",
        "Orders paid",
        "Number of paid orders, including orders refunded later.",
        "Orders by payment time.",
    ),
    Definition(
        "average-order",
        "Average order",
        "Average amount paid per order.",
        "Sales divided by orders paid, rounded down to the currency's smallest unit.",
    ),
    Definition(
        "success-rate",
        "Payment success rate",
        "Share of completed payment attempts that succeeded. Pending attempts do not count.",
        "Charge attempts by start time: succeeded divided by succeeded, failed and cancelled, rounded down. A "
        "payment that fails at one channel and succeeds at the next counts as two attempts.",
    ),
    Definition(
        "funnel",
        "Checkout conversion",
        "How far buyers get in the checkout. Orders placed by your server alone have no checkout session.",
        "Checkout sessions by opening time: all; with a payment method chosen; with an order; with a paid order.",
    ),
    Definition(
        "refund-rate",
        "Refunds",
        "Refunded amount, compared with sales in the same period, with reasons.",
        "Refunds by completion time, divided by sales. Late or duplicate payments that were returned "
        "automatically are neither sales nor refunds.",
    ),
    Definition(
        "new-buyers",
        "New and returning buyers",
        "First orders and orders of returning buyers.",
        "An order is a first order if the buyer reference has no earlier paid order.",
    ),
    Definition(
        "top-products",
        "Top products",
        "Products with the highest sales after discounts.",
        "Line amounts of paid orders per product, by payment time.",
    ),
    Definition(
        "fees",
        "Fees",
        "Estimated channel fees, based on the rates you set.",
        "Per channel: payments times basis points, rounded half up, plus the fixed fee per payment.",
    ),
    Definition(
        "mrr",
        "MRR",
        "What your contracts are worth a month (monthly recurring revenue).",
        "Sum over contracts that are active, or past due after they were active: regular price × quantity × periods a "
        "year (365 days, 52 weeks, 12 months, 4 quarters) ÷ 12, each rounded half up. Trials, paused and ended "
        "contracts count nothing; introductory prices and discounts are not taken off. It moves when a contract first "
        "counts (new), counts more (expansion) or less (contraction), stops (churn) or counts again (reactivation); "
        "the sum of all movements is MRR.",
    ),
    Definition("arr", "ARR", "What your contracts are worth a year.", "Twelve times MRR."),
    Definition(
        "contract-churn",
        "Churn",
        "Buyers who left in a month, and the MRR that went with contracts that ended or were paused.",
        "Buyers: those with MRR when the month began and none when it ended, divided by those with MRR when it began. "
        "Money: churn movements divided by MRR when the month began.",
    ),
    Definition(
        "recovery",
        "Recovery rate",
        "Renewals that were refused at first and paid after all.",
        "Cycles by the time of their first refusal: paid, divided by paid and unpaid. Those that are still tried do "
        "not count.",
    ),
    Definition(
        "trial-conversion",
        "Trial conversion",
        "Trials that were followed by a payment.",
        "Trials by the time they ended: with a paid cycle after the trial, divided by those and the ones whose "
        "contract ended without. Undecided ones do not count.",
    ),
    Definition(
        "cohorts",
        "Cohorts",
        "Of the contracts that first counted in a month, how many still count at the end of each following month, and "
        "what they count.",
        "New and reactivation movements minus churn, by contract; money is the sum of the movements.",
    ),
    Definition(
        "upcoming",
        "Expected in 30 and 90 days",
        "What contracts will be charged if nothing changes, including what is past due.",
        "Cycles due until then by each contract’s calendar, at its introductory or regular price, without tax. "
        "Contracts that are cancelled, paused or at their last cycle add nothing.",
    ),
    Definition(
        "balances",
        "Balances",
        "Opening balance, debits, credits and closing balance of each ledger account. What is in the bank, "
        "owed by others or spent on fees must equal what belongs to you and your buyers.",
        "Posted ledger entries by posting time, without pending ones. Debits increase what channels owe; credits "
        "increase what belongs to you or your buyers.",
    ),
    Definition(
        "currency",
        "By currency",
        "Amounts in different currencies are never added up.",
        "Each metric is calculated per currency.",
    ),
    Definition(
        "period",
        "Days and comparison periods",
        "Days are in the business’s time zone. A day compares with the same day of the previous week; seven or "
        "thirty days with the preceding period; a month or quarter with the previous one. A current period "
        "compares with the previous one up to the same time of day.",
        "Metrics are updated within seconds. The page shows when they are delayed.",
    ),
)
