"""The file of a payment order: what the bank reads, the same bytes each time."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from lxml import etree

from app.core.clock import now
from app.core.ids import show
from app.domain.payments.payment_orders import order_file
from app.domain.payments.types import Payee
from tests.factories.payment_orders import Bank, bank_of
from tests.factories.shop import Shop

N = {"p": order_file.NAMESPACE}
BOB = Payee(account="NL91ABNA0417164300", name="Bøb Łącki <&> 株式会社")


@pytest.fixture
def bank(shop: Shop) -> Bank:
    return bank_of(shop)


def test_a_sepa_file_says_who_pays_whom_how_much_and_when(bank: Bank) -> None:
    bank.withdraw(300)
    bank.withdraw(105, BOB)
    day = now().date() + timedelta(days=2)
    order_id = bank.make(execute_on=day)
    bank.approve(order_id)

    first, again = bank.download(order_id), bank.download(order_id)

    assert first == again
    assert bank.order(order_id).status == "sent"
    document = etree.fromstring(first.content)
    texts = {path: document.xpath(f"//p:{path}/text()", namespaces=N) for path in _PATHS}
    message = show("por", order_id).replace("_", "").upper()
    assert texts == {
        "GrpHdr/p:MsgId": [message],
        "GrpHdr/p:NbOfTxs": ["2"],
        "GrpHdr/p:CtrlSum": ["4.05"],
        "PmtInf/p:PmtMtd": ["TRF"],
        "PmtInf/p:ReqdExctnDt/p:Dt": [day.isoformat()],
        "Dbtr/p:Nm": ["Shop + Sohne"],
        "DbtrAcct/p:Id/p:IBAN": ["FR1420041010050500013M02606"],
        "DbtrAgt/p:FinInstnId/p:BICFI": ["PSSTFRPPPAR"],
        "CdtTrfTxInf/p:Amt/p:InstdAmt": ["3.00", "1.05"],
        "CdtTrfTxInf/p:Cdtr/p:Nm": ["Ann Muller", "Bob Lacki +"],
        "CdtTrfTxInf/p:CdtrAcct/p:Id/p:IBAN": ["DE02120300000000202051", "NL91ABNA0417164300"],
        "CdtTrfTxInf/p:RmtInf/p:Ustrd": ["October", "October"],
        "CdtTrfTxInf/p:PmtId/p:EndToEndId": [line.reference for line in bank.lines(order_id)],
    }
    assert all(len(line.reference) <= 35 and line.reference.isalnum() for line in bank.lines(order_id))
    assert (first.name, first.media_type) == (f"payment-order-{message.lower()}.xml", "application/xml")


_PATHS = (
    *("GrpHdr/p:MsgId", "GrpHdr/p:NbOfTxs", "GrpHdr/p:CtrlSum", "PmtInf/p:PmtMtd", "PmtInf/p:ReqdExctnDt/p:Dt"),
    *("Dbtr/p:Nm", "DbtrAcct/p:Id/p:IBAN", "DbtrAgt/p:FinInstnId/p:BICFI", "CdtTrfTxInf/p:Amt/p:InstdAmt"),
    *("CdtTrfTxInf/p:Cdtr/p:Nm", "CdtTrfTxInf/p:CdtrAcct/p:Id/p:IBAN", "CdtTrfTxInf/p:RmtInf/p:Ustrd"),
    "CdtTrfTxInf/p:PmtId/p:EndToEndId",
)


def test_a_csv_file_has_a_line_for_each_payment_and_no_formulas(bank: Bank) -> None:
    bank.pay_out(250, Payee(account="1234 5678", name="=HYPERLINK(1)"))
    order_id = bank.make("USD", file_format="csv", execute_on=now().date())
    bank.approve(order_id)

    made = bank.download(order_id)

    [line] = csv.DictReader(io.StringIO(made.content.decode()))
    assert line == {
        "reference": bank.lines(order_id)[0].reference,
        "payee_name": "'=HYPERLINK(1)",
        "payee_account": "12345678",
        "amount": "2.50",
        "currency": "USD",
        "execute_on": now().date().isoformat(),
        "purpose": "October",
    }
    assert made.name.endswith(".csv")
