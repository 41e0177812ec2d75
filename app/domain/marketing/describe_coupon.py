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
        sentences.append(f"Buyers are known again by {_listed([_KNOWN_BY[each] for each in row.identify_by])}.")
    if not row.combinable:
        sentences.append("Not together with promotions.")
    sentences += _codes(row)
    sentences += _issued(row)
    sentences.append(
        "After a full refund it can be used again." if row.refund_rule == "return" else "After a refund it stays used."
    )
    return " ".join(sentences)


def _codes(row: CouponTemplate) -> list[str]:
    if row.shared_code is not None:
        where = ", and panels offer it" if row.listed else ""
        return [f"Everybody uses the code {row.shared_code}{where}."]
    days = "day" if row.valid_days == 1 else "days"
    valid = f", good for {row.valid_days} {days} from when it is issued" if row.valid_days else ""
    return [f"Each coupon has a code of its own{valid}."]


def _issued(row: CouponTemplate) -> list[str]:
    least = int(row.issue.get("minimum_minor", 0))
    of_least = f" of {format_money(least, row.currency)} or more" if least and row.currency else ""
    when = {
        "first_order": f"A buyer gets one when their first order{of_least} is paid.",
        "payment": f"A buyer gets one whenever they pay an order{of_least}.",
        "segment": f"Buyers of {_listed(row.issue.get('groups', []))} get one whenever they pay an order{of_least}.",
    }
    sentences = [when[row.issue_on]] if row.issue_on in when else []
    if row.max_issued_per_buyer is not None:
        sentences.append(f"A buyer gets at most {row.max_issued_per_buyer:,}.")
    if row.max_issued is not None:
        sentences.append(f"{row.max_issued:,} are issued at most.")
    return sentences


def _listed(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
