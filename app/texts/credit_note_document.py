"""The credit note on paper: what one refund takes back of a receipt, as a PDF like that of the receipt."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.files.pdf import writes
from app.core.i18n.language import DEFAULT, match
from app.core.i18n.marks import N_
from app.texts.receipt_document import ReceiptDocument, Writer

TO_BALANCE = N_("The refund was added to your balance.")


@dataclass(frozen=True)
class CreditNoteDocument(ReceiptDocument):
    """What stands on it: `total_minor` is what was refunded, `paid_at` when, `receipt` the number of the receipt;
    `to_wallet`: to the buyer's balance."""

    receipt: str = ""
    to_wallet: bool = False


def credit_note_pdf(document: CreditNoteDocument) -> bytes:
    """The file."""
    language = match(document.locale) or DEFAULT
    return _Writer(document, language if writes(language) else DEFAULT).write()


class _Writer(Writer):
    title, number_name = N_("Credit note"), N_("Credit note number")

    def facts(self) -> list[tuple[str, str]]:
        """With the receipt, before the order."""
        facts = super().facts()
        assert isinstance(self.paper, CreditNoteDocument)
        at = next(at for at, (name, _) in enumerate(facts) if name == "Order")
        return [*facts[:at], (N_("For receipt"), self.paper.receipt), *facts[at:]]

    def write_body(self) -> None:
        """What went back, and which taxes are in it."""
        self.write_sum(self.say("Refunded"), self.show_money(self.paper.total_minor), bold=True)
        for label, minor in self.paper.taxes:
            self.write_sum(self.say(label), self.show_money(minor))
        self.go_down(24)
        assert isinstance(self.paper, CreditNoteDocument)
        hints = [TO_BALANCE] if self.paper.to_wallet else []
        self.write_end([*hints, *(["Test mode: no money was charged."] if self.paper.is_test else [])])
