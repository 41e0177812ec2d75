"""Forms of the team: the invitation, a member's role, and a role of one's own."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import EmailField, RadioField, SelectChoice, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.money import plain
from app.core.web.forms import Form, SeenField
from app.domain.accounts.business.types import KNOWN, ApprovalLimits
from app.read.accounts.team import TeamRole
from app.web.portal.accounts.approvals.forms import LimitsForm
from app.workflow.accounts.people.manage_roles import MAX_NAME, RoleCommand


class MemberForm(Form):
    """The role of a member."""

    role = RadioField("Role", validators=[InputRequired("Choose a role.")])

    def among(self, roles: Iterable[TeamRole]) -> MemberForm:
        """Offer these roles."""
        self.role.choices = [SelectChoice(role.key, role.name) for role in roles]
        return self


class InviteForm(MemberForm):
    """Who shall join, and as what."""

    email = EmailField(
        "Email address",
        description="Only this address can accept the invitation.",
        validators=[DataRequired("Enter an email address."), Length(max=320)],
    )


class RoleForm(LimitsForm):
    """A role of the business's own: what it may do, and up to how much alone."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=MAX_NAME)])
    version = SeenField()
    permissions = SelectMultipleField("Permissions", choices=[SelectChoice(key, key) for key in sorted(KNOWN)])
    refund = TextAreaField("Refunds up to", validators=[Length(max=500)])
    payout = TextAreaField("Payouts up to", validators=[Length(max=500)])
    withdrawal = TextAreaField("Withdrawals up to", validators=[Length(max=500)])
    refund_day = transfer = top_up = points = membership = channels_need_approval = decides_alone = alone_waits_h = None

    @classmethod
    def of_role(cls, role: TeamRole | None, *, name: str = "") -> RoleForm:
        """The form as the role is; `name` in place of its own."""
        if role is None:
            return cls(formdata=None)
        data = {"name": name or role.name, "permissions": sorted(role.access.permissions), "version": role.version}
        return cls(formdata=None, data=data | _lines(role.access.limits))

    def command(self) -> RoleCommand | None:
        """What was typed; None when something cannot be read, and says so."""
        limits = self.limits()
        return None if limits is None else RoleCommand(self.name.data, self.permissions.data or (), limits)


def _lines(limits: ApprovalLimits) -> dict[str, str]:
    return {
        kind: "\n".join(f"{currency} {plain(int(minor), currency)}" for currency, minor in of_kind.items())
        for kind, of_kind in limits.items()
    }
