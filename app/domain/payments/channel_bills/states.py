"""The edges of channel bills."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.payments.channel_bills.models import ChannelBill


class BillStatus(StrEnum):
    """Where a bill stands."""

    EXPECTED = "expected"
    FETCHED = "fetched"
    LATE = "late"
    EMPTY = "empty"
    FAILED = "failed"


# The company is asked for it by itself.
ASKED = (BillStatus.EXPECTED, BillStatus.LATE)

BILL = Machine(
    name="channel_bill",
    model=ChannelBill,
    initial=BillStatus.EXPECTED,
    edges={
        **{(source, BillStatus.FETCHED): "channel_bill.fetched" for source in ASKED},
        **{(source, BillStatus.EMPTY): None for source in ASKED},
        (BillStatus.EXPECTED, BillStatus.LATE): "channel_bill.late",
        (BillStatus.LATE, BillStatus.FAILED): "channel_bill.failed",
        # Somebody wants it to be asked for once more.
        (BillStatus.EMPTY, BillStatus.EXPECTED): None,
        (BillStatus.FAILED, BillStatus.EXPECTED): None,
    },
)
