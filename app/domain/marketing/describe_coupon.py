"""A coupon template in plain words, for the people who made it."""

from __future__ import annotations

from app.core.money import format_money
from app.domain.marketing.coupon_use import rule_of
from app.domain.marketing.describe import describe
from app.domain.marketing.models import CouponTemplate

_KNOWN_BY = {"account": "account", "email": "email address", "device": "device"}


def describe_template(row: CouponTemplate) -> str:
    """What a row of `coupon_templates` gives, to whom, how often and until when, in sentences."""
    sentences = [describe(rule_of(row), others="coupons")]
    if row.max_uses_per_buyer is not None:
        sentences.append(f"Buyers are recognised by {_listed([_KNOWN_BY[each] for each in row.identify_by])}.")
    if not row.combinable:
        sentences.append("Cannot be combined with promotions.")
    sentences += _codes(row)
    sentences += _issued(row)
    sentences.append(
        "It can be used again after a full refund." if row.refund_rule == "return" else "It stays used after a refund."
    )
    return " ".join(sentences)


def _codes(row: CouponTemplate) -> list[str]:
    if row.shared_code is not None:
        where = ", which is shown in checkout" if row.listed else ""
        return [f"Shared code: {row.shared_code}{where}."]
    days = "day" if row.valid_days == 1 else "days"
    valid = f", valid for {row.valid_days} {days} after issue" if row.valid_days else ""
    return [f"Each coupon has its own code{valid}."]


def _issued(row: CouponTemplate) -> list[str]:
    least = int(row.issue.get("minimum_minor", 0))
    of_least = f" of {format_money(least, row.currency)} or more" if least and row.currency else ""
    when = {
        "first_order": f"Issued to each buyer after their first paid order{of_least}.",
        "payment": f"Issued to each buyer after every paid order{of_least}.",
        "segment": f"Issued to buyers in {_listed(row.issue.get('groups', []))} after every paid order{of_least}.",
    }
    sentences = [when[row.issue_on]] if row.issue_on in when else []
    if row.max_issued_per_buyer is not None:
        sentences.append(f"At most {row.max_issued_per_buyer:,} per buyer.")
    if row.max_issued is not None:
        sentences.append(f"At most {row.max_issued:,} in total.")
    return sentences


def _listed(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
