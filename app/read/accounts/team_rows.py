"""What rows of a team have: for type checkers, models with more columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from app.domain.accounts.business.models import Invitation, Membership

if TYPE_CHECKING:

    class MemberRow(Membership):
        """A member with the person; what is the role's is None unless it is one of the business's own."""

        email: Mapped[str]
        name: Mapped[str]
        role_name: Mapped[str | None]
        permissions: Mapped[list[str] | None]
        limits: Mapped[dict[str, Any] | None]

    class InvitationRow(Invitation):
        """An invitation; `role_name` is None unless the role is one of the business's own."""

        role_name: Mapped[str | None]

    class OfferedInvitation(InvitationRow):
        """An invitation with the business whose it is."""

        business: Mapped[str]
        mode: Mapped[str]

else:
    MemberRow = Membership
    InvitationRow = OfferedInvitation = Invitation
