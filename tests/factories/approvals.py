"""Something that waits for somebody else."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core.ids import parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.payments.types import Payee
from app.read.accounts import approvals
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.wallets.pay_out import pay_out
from tests.factories.shop import Shop

SOMEBODY = "usr_01jd63x2hbfg6rw3r000000001"
ANN, BEN = show("usr", uuid.UUID(int=1)), show("usr", uuid.UUID(int=2))


def waiting_approval(shop: Shop) -> uuid.UUID:
    """A payout that somebody requested and nobody decided; the limit that caused it is removed again."""
    set_approval_limits(shop.business_id, {"payout": {"USD": 0}})
    try:
        pay_out(
            shop.business_id, money=Money(100, "USD"), payee=Payee(account="1"), actor="usr_01jd63x2hbfg6rw3r000000001"
        )
    except ApprovalNeeded as asked:
        set_approval_limits(shop.business_id, {})
        return parse("apr", asked.details["approval_id"])
    raise AssertionError("nobody was asked")


def approval_of(shop: Shop, raised: pytest.ExceptionInfo[ApprovalNeeded] | ApprovalNeeded) -> Any:
    """The approval that the refusal names."""
    error = raised if isinstance(raised, ApprovalNeeded) else raised.value
    return approvals.get_approval(shop.business_id, parse("apr", error.details["approval_id"]))
