"""Refusals of the agreements noun."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class AgreementNeeded(Invalid):
    """The buyer has to accept the present version of the agreement first."""

    default_code = "agreement_required"


class BadAgreement(Invalid):
    """The text, its language or its code cannot be used."""

    default_code = "invalid_agreement"


class CodeTaken(Conflict):
    """Another agreement of the business has this code."""

    default_code = "code_taken"


class DraftMoved(Conflict):
    """The draft was saved by somebody else since it was read, or is gone."""

    default_code = "draft_changed"


class TermsNeeded(Conflict):
    """A live business that takes payments keeps terms that buyers accept."""

    default_code = "terms_needed"
