"""Pure decisions of clearing: who gets what of a line, and what a refund takes back of it.

Every amount is a whole number of minor units. The parts of a line always sum to what was paid for it, and what refunds
take back sums to what went back; the largest remainders get what rounding leaves.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, Money, exponent
from app.domain.settlement.clearing.types import (
    BUSINESS,
    MAX_SHARES,
    MAX_TIERS,
    SELLER,
    WHOLE_BPS,
    ClearableLine,
    LineSubjects,
    Part,
    RuleInForce,
    ShareTerms,
    SplitTerms,
)


def divide(line: ClearableLine, terms: SplitTerms) -> list[Part]:
    """The parts of a line: the shares in the order of the rule, then the business's. They sum to `line.amount_minor`;
    only the business's can be below zero, where it bears discounts. A share of a seller that has no partner stays with
    the business."""
    base = line.gross_minor if terms.discounts == "business" else line.amount_minor
    shares = [(share, party) for share in terms.shares if (party := _party(share, line)) is not None]
    rates = [share.bps_at(line.volumes.get(party, 0)) for share, party in shares]
    wanted = _wanted(line, base, shares, rates)
    left, parts = base, []
    for (share, party), bps, minor in zip(shares, rates, wanted, strict=True):
        taken = 0 if share.is_rest else min(minor, left)
        left -= taken
        parts.append(Part(party=party, base_minor=base, bps=bps, amount_minor=taken))
    parts = [
        Part(party=part.party, base_minor=base, bps=part.bps, amount_minor=left) if share.is_rest else part
        for (share, _), part in zip(shares, parts, strict=True)
    ]
    rest = line.amount_minor - sum(part.amount_minor for part in parts)
    parts.append(Part(party=BUSINESS, base_minor=base, bps=WHOLE_BPS - sum(rates), amount_minor=rest))
    assert sum(part.amount_minor for part in parts) == line.amount_minor
    return _with_fees(parts, line) if terms.fees == "shared" else parts


def take_back(cleared: Mapping[str, int], taken: Mapping[str, int], refund: Money) -> dict[str, int]:
    """What a refund of a line takes back of each party, by the shares it was cleared with, in minor units; they sum to
    `refund`. `cleared` are those shares, which sum to the line's amount; `taken` is what refunds before took back of
    them. It is counted from the first refund on: after it, each has given back its share of all that went back, rounded
    once, and not once for each refund. The refund that completes the line takes exactly what is left of every share.

    Raises:
        ValueError: more would go back than is left of the line.
    """
    before, line_minor, refund_minor = sum(taken.values()), sum(cleared.values()), refund.minor
    if not 0 < refund_minor <= line_minor - before:
        raise ValueError(f"{refund_minor} of {line_minor} cannot go back after {before}")
    after = before + refund_minor
    if min(cleared.values()) >= 0:
        gone = _gone(cleared, taken, after)
        return {party: gone[party] - taken.get(party, 0) for party in cleared}
    # The business paid on top of what came in: each partner has given back its share of what went back in all.
    back = {
        party: max(0, minor * after // line_minor - taken.get(party, 0))
        for party, minor in cleared.items()
        if party != BUSINESS
    }
    return back | {BUSINESS: refund_minor - sum(back.values())}


def most_precise(rules: Sequence[RuleInForce], line: LineSubjects) -> RuleInForce | None:
    """The rule that a line goes by: its SKU's, else its product's, else that of its first category that has one, else
    its seller's, else the business's."""
    by_subject = {(rule.scope, rule.subject_id): rule for rule in rules}
    looked_up: list[tuple[str, uuid.UUID | None]] = [
        ("sku", line.sku_id),
        ("product", line.product_id),
        *(("category", each) for each in line.category_ids),
        *((("seller", line.seller_id),) if line.seller_id else ()),
        ("business", None),
    ]
    return next((by_subject[each] for each in looked_up if each in by_subject), None)


def check_terms(terms: SplitTerms) -> None:
    """Whether a rule can be applied to every line.

    Raises:
        Invalid: with the share in `param`.
    """
    if not 1 <= len(terms.shares) <= MAX_SHARES:
        raise _invalid("shares", f"A rule has 1 to {MAX_SHARES} shares.")
    if len({share.party for share in terms.shares}) < len(terms.shares):
        raise _invalid("shares", "Name each partner once.")
    if sum(share.is_rest for share in terms.shares) > 1:
        raise _invalid("shares", "Only one share can be the rest.")
    for index, share in enumerate(terms.shares):
        _check_share(share, f"shares.{index}")
    if sum(max([share.bps, *(tier.bps for tier in share.tiers)]) for share in terms.shares) > WHOLE_BPS:
        raise _invalid("shares", "The percentages together are more than 100%.")


def _check_share(share: ShareTerms, param: str) -> None:
    amounts = {**share.fixed, **share.minimum, **share.maximum}
    for currency in amounts:
        exponent(currency)
    if not all(
        0 <= minor <= MAX_MINOR for each in (share.fixed, share.minimum, share.maximum) for minor in each.values()
    ):
        raise _invalid(param, "Enter an amount from zero up.")
    rates = [share.bps, *(tier.bps for tier in share.tiers)]
    if not all(0 <= bps <= WHOLE_BPS for bps in rates):
        raise _invalid(param, "Enter a percentage from 0 to 100.")
    if share.is_rest and (any(rates) or amounts):
        raise _invalid(param, "The rest has no percentage and no amounts.")
    if not share.is_rest and not any(rates) and not any(share.fixed.values()) and not any(share.minimum.values()):
        raise _invalid(param, "Enter a percentage or an amount.")
    if any(share.minimum.get(currency, 0) > most for currency, most in share.maximum.items()):
        raise _invalid(param, "The minimum is above the maximum.")
    starts = [tier.from_minor for tier in share.tiers]
    if len(starts) > MAX_TIERS or starts != sorted(set(starts)) or any(not 0 < start <= MAX_MINOR for start in starts):
        raise _invalid(param, f"A share has up to {MAX_TIERS} tiers, each from a higher volume than the one before.")


def _invalid(param: str, text: str) -> Invalid:
    return Invalid("invalid_split_rule", text, details={"param": param})


def _party(share: ShareTerms, line: ClearableLine) -> str | None:
    return line.seller if share.party == SELLER else share.party


def _wanted(
    line: ClearableLine, base: int, shares: Sequence[tuple[ShareTerms, str]], rates: Sequence[int]
) -> list[int]:
    """What each share would be if nothing limited it but its own minimum and maximum."""
    if not base:
        return [0 for _ in shares]
    *by_rate, _ = Money(base, line.currency).allocate([*rates, WHOLE_BPS - sum(rates)])
    found = []
    for (share, _), money in zip(shares, by_rate, strict=True):
        minor = money.minor + share.fixed.get(line.currency, 0) * line.quantity
        minor = max(minor, share.minimum.get(line.currency, 0))
        found.append(min(minor, share.maximum.get(line.currency, MAX_MINOR)))
    return found


def _with_fees(parts: Sequence[Part], line: ClearableLine) -> list[Part]:
    """The parts, each with its part of the channel's fee, by what it gets; nobody bears more than that."""
    weights = [max(part.amount_minor, 0) for part in parts]
    if not any(weights):
        return list(parts)
    fees = Money(min(line.fee_minor, sum(weights)), line.currency).allocate(weights)
    return [
        Part(
            party=part.party,
            base_minor=part.base_minor,
            bps=part.bps,
            amount_minor=part.amount_minor,
            fee_minor=fee.minor,
        )
        for part, fee in zip(parts, fees, strict=True)
    ]


def _gone(cleared: Mapping[str, int], taken: Mapping[str, int], after: int) -> dict[str, int]:
    """What each party has given back once `after` minor units of the line have gone back in all: its share of them by
    largest remainder, but never less than it gave back before. Nobody gives a whole minor unit more than its share."""
    line_minor = sum(cleared.values())
    gone = {party: max(taken.get(party, 0), minor * after // line_minor) for party, minor in cleared.items()}

    def owing(party: str) -> int:
        return cleared[party] * after - gone[party] * line_minor

    short = after - sum(gone.values())
    for party in sorted(gone, key=owing, reverse=True)[: max(short, 0)]:
        gone[party] += 1
    # With more parties than two, largest remainders can move from one to another as more goes back.
    for _ in range(-short):
        gone[min((each for each in gone if gone[each] > taken.get(each, 0)), key=owing)] -= 1
    return gone
