"""Forms of the disputes section."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form
from app.workflow.payments.answer_dispute import MAX_EVIDENCE_LENGTH


class EvidenceForm(Form):
    """Why the payment is valid."""

    explanation = TextAreaField(
        "Your explanation",
        description="Say what the buyer bought, how it was delivered, and how it was used.",
        validators=[DataRequired("Explain why the payment is valid."), Length(max=MAX_EVIDENCE_LENGTH)],
    )
