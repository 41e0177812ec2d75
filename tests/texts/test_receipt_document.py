"""Receipts on paper, in every language that buyers read."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import pytest

from app.core.files import pdf_fonts
from app.core.i18n.language import LOCALES
from app.texts.credit_note_document import CreditNoteDocument, credit_note_pdf
from app.texts.receipt_document import ReceiptDocument, parties, receipt_pdf


@dataclass(frozen=True)
class Line:
    title: str
    quantity: int
    unit_price_minor: int


def document(locale: str, title: str = "Moonlight") -> ReceiptDocument:
    return ReceiptDocument(
        merchant="Moon Shop",
        is_test=True,
        time_zone="Asia/Shanghai",
        order="ord_1",
        locale=locale,
        paid_at=datetime(2026, 3, 4, 5, tzinfo=UTC),
        currency="USD",
        total_minor=1500,
        discount_minor=300,
        lines=[Line(title, 2, 900)],
        methods=["Alipay"],
        refunds=[(500, datetime(2026, 4, 4, tzinfo=UTC))],
    )


def meanings(content: bytes) -> set[str]:
    """All letters that a file says it shows."""
    streams = (zlib.decompress(packed) for packed in re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL))
    rows = [row for text in streams for row in re.findall(rb"^<[0-9A-F]{4}> <([0-9A-F]+)>$", text, re.MULTILINE)]
    return set("".join(bytes.fromhex(row.decode()).decode("utf-16-be") for row in rows))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_receipt_holds_the_letters_of_its_language(locale: str) -> None:
    title = "Fü 月光 ムーン 멤버십 عضوية Лу"

    content = receipt_pdf(document(locale, title))

    assert content.count(b"/FontFile") == content.count(b"/FontDescriptor /")
    assert b"/Type1" not in content
    assert set(title) <= meanings(content)
    assert "?" not in meanings(content)
    assert len(content) < 60_000


@pytest.mark.parametrize(("with_fonts", "language"), [(True, "ar"), (False, "en")])
def test_arabic_falls_back_to_english_without_fonts(
    with_fonts: bool, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_fonts:
        monkeypatch.setattr(pdf_fonts, "_path", lambda *_: None)

    content = receipt_pdf(document("ar"))

    assert f"/Lang ({language})".encode() in content


@pytest.mark.parametrize("locale", LOCALES)
def test_a_receipt_names_both_parties_and_a_credit_note_its_receipt(locale: str) -> None:
    seller = {"name": "ΣMoon", "address": "1 Жstreet", "tax_number": "DE7", "email": "", "phone": "", "footer": ""}
    buyer = {"company": "Ωmega", "address": "Ђst\nŽ", "tax_number": "GB6"}
    known = {name.name: getattr(document(locale), name.name) for name in fields(ReceiptDocument)}
    about = {**known, **parties(seller, buyer), "number": "№1"}

    receipt = receipt_pdf(ReceiptDocument(**{**about, "corrects": "Ѣ2"}))
    note = credit_note_pdf(CreditNoteDocument(**{**about, "lines": ()}, receipt="Ѣ2"))

    for content in (receipt, note):
        assert set("ΣЖΩЂŽ№Ѣ67") <= meanings(content)
        assert "?" not in meanings(content)


@pytest.mark.parametrize("locale", ["de", "zh-Hans", "ar"])
def test_a_long_name_and_address_of_a_company_are_written_whole(locale: str) -> None:
    seller = {"name": "Moon", "address": "", "tax_number": "", "email": "", "phone": "", "footer": ""}
    buyer = {"company": f"{'Gesellschaft ' * 9}Ω", "address": f"{'Gewerbegebiet Nord, ' * 19}Ж", "tax_number": "GB6"}
    known = {name.name: getattr(document(locale), name.name) for name in fields(ReceiptDocument)}
    about = {**known, **parties(seller, buyer)}

    for content in (receipt_pdf(ReceiptDocument(**about)), credit_note_pdf(CreditNoteDocument(**about))):
        assert set("ΩЖ") <= meanings(content)
        assert "…" not in meanings(content)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_credit_note_says_when_the_money_is_in_the_balance(locale: str) -> None:
    known = {name.name: getattr(document(locale), name.name) for name in fields(ReceiptDocument)}
    about = {**known, "lines": (), "receipt": "2"}

    plain = credit_note_pdf(CreditNoteDocument(**about))
    to_wallet = credit_note_pdf(CreditNoteDocument(**about, to_wallet=True))

    assert "?" not in meanings(to_wallet)
    assert len(to_wallet) > len(plain)


def test_nobody_is_named_unless_somebody_is() -> None:
    plain = document("en")

    assert (
        parties({**dict.fromkeys(("name", "address", "tax_number", "email", "phone", "footer"), "")}, {})["company"]
        == ()
    )
    assert (plain.company, plain.corrects) == ((), "")
