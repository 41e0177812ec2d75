"""A mail to somebody of the portal as it goes over the wire: plain text and the same as simple HTML, in English as the
portal is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

from app.core import clock, settings
from app.core.ids import show
from app.domain.notifications.mails.models import UserMail
from app.lib import mail_layout
from app.workflow.accounts.approvals import link_cancellation
from app.workflow.accounts.lifecycle import link_sign_up
from app.workflow.accounts.people import change_password
from app.workflow.accounts.people.link_invitation import link_of


@dataclass(frozen=True)
class MailText:
    """What a mail says. The first paragraph is its heading; `action` is (words, address) of the link to press."""

    subject: str
    paragraphs: tuple[str, ...]
    action: tuple[str, str] | None = None
    closing: tuple[str, ...] = ()


def _invitation(details: dict[str, Any]) -> MailText:
    link = link_of(
        uuid.UUID(details["business_id"]), uuid.UUID(details["invitation_id"]), details["round"], by_mail=True
    )
    who = details["inviter"] or "The team"
    mode = " (test mode)" if details["mode"] == "test" else ""
    return MailText(
        f"Join {details['business']} on Bursar",
        (
            f"Join {details['business']}{mode}",
            f"{who} invited you to join {details['business']} as {details['role']}.",
        ),
        ("Accept the invitation", link),
        (
            "This link is personal. It works once and expires in seven days.",
            "If you did not expect this email, you can ignore it.",
        ),
    )


def _sign_up(details: dict[str, Any]) -> MailText:
    is_invited = details["is_invited"]
    link = link_sign_up.link_of(
        details["to"], uuid.UUID(details["business_id"]), details["until"], is_invited=is_invited
    )
    why = "You are invited to open a business on Bursar." if is_invited else "You asked to open a business on Bursar."
    return MailText(
        "Open your business on Bursar",
        ("Open your business", f"{why} It starts in test mode, so you can try everything without real money."),
        ("Open a business", link),
        (
            f"This link is personal and expires in {'seven days' if is_invited else '24 hours'}.",
            "If you did not expect this email, you can ignore it.",
        ),
    )


def _password_reset(details: dict[str, Any]) -> MailText | None:
    found = change_password.reset_details(details["to"], details["until"])
    if found is None:
        return None
    return MailText(
        "Reset your Bursar password",
        ("Choose a new password", "You requested a new password for the portal."),
        ("Choose a password", change_password.link_of(found)),
        (
            "This link works once and expires in an hour.",
            "If you did not request this, ignore this email. Your password stays unchanged.",
        ),
    )


def _password_changed(details: dict[str, Any]) -> MailText:
    return MailText(
        "Your password was changed",
        (
            "Your password was changed",
            f"The password of your portal account was changed ({details['at']}). All your other sessions were signed"
            f" out.",
        ),
        ("If this was not you, reset your password", f"{settings.current().public_url}/portal/password"),
    )


# What happened to an account: the heading, and what follows from it.
_SECURITY = {
    "new_device": ("New sign-in to your account", "Your account was used in a browser we have not seen before."),
    "app_added": ("An authenticator app was added", "You now need a code from this app to sign in."),
    "app_removed": (
        "Your authenticator app was removed",
        "You no longer need its codes to sign in.",
    ),
    "codes_renewed": ("You have new recovery codes", "The old ones no longer work."),
    "code_used": ("A recovery code was used", "It was used to sign in to your account and no longer works."),
    "passkey_added": ("A passkey was added", "Anyone with this device can sign in to your account."),
    "passkey_removed": ("A passkey was removed", "It can no longer be used to sign in to your account."),
}


def _security(details: dict[str, Any]) -> MailText:
    title, text = _SECURITY[details["what"]]
    return MailText(
        title,
        (title, text, f"{details['at']} UTC, from {details['address'] or 'an unknown address'}."),
        ("View your sessions", f"{settings.current().public_url}/portal/account/security"),
        ("If this was you, no action is needed.", "If not, sign out your other sessions and change your password."),
    )


# What was taken from a business: the heading, and what follows from it.
_SUSPENSIONS = {
    "no_new_payments": ("takes no new payments", "Refunds, payouts and everything else go on as before."),
    "read_only": ("is read-only", "It takes no new payments, and nothing can be changed. Payments that began go on."),
    "closed": ("is closed", "It takes no new payments any more. Refunds and payouts of what it owes go on."),
    "": ("is no longer suspended", "Everything works again as before."),
}


def _suspension(details: dict[str, Any]) -> MailText:
    what, text = _SUSPENSIONS[details["level"]]
    mode = " (test mode)" if details["mode"] == "test" else ""
    why = (f"Reason: {details['reason']}",) if details["reason"] else ()
    who = "" if details["level"] == "closed" else "The operator of this Bursar installation decided this. "
    title = f"{details['business']}{mode} {what}"
    return MailText(
        title,
        (title, f"{who}{text}", *why),
        ("Open the portal", f"{settings.current().public_url}/portal"),
    )


# What was decided alone, by the kind of its approval.
_ALONE = {
    "refund": "Refund",
    "payout": "Payout",
    "withdrawal": "Withdrawal",
    "transfer": "Transfer between wallets",
    "top_up": "Credit to a wallet",
    "points": "Points granted",
    "membership": "Membership days given",
    "limits": "Higher limits",
    "channel": "Change of a channel account",
    "transition": "Manual change of a status",
    "erasure": "Erasure of a buyer",
    "bank_transfer": "Bank transfer",
    "payment_order": "Payment order",
    "settlement": "Settlement",
    "adjustment": "Adjustment of the ledger",
    "closure": "Closing the business",
    "business_erasure": "Erasing the business",
    "split_rule": "Split rule",
    "partner_payee": "Account of a partner",
    "settlement_batch": "Settlement of a partner",
    "risk_rules": "Rules of risk",
}


def _alone(details: dict[str, Any]) -> MailText:
    business_id, approval_id = uuid.UUID(details["business_id"]), uuid.UUID(details["approval_id"])
    what = f"{_ALONE.get(details['what'], details['what'])} {details['amount']}".strip()
    head = f"{what}: takes effect {'soon' if details['is_reminder'] else 'after a delay'}"
    link = link_cancellation.link_of(link_cancellation.Cancellation(business_id, approval_id, details["actor"]))
    return MailText(
        f"{details['business']}: {head}",
        (
            head,
            f"You decided this alone, without a second person. It takes effect on {details['at']} UTC.",
            f"Request {show('apr', approval_id)} of {details['business']}.",
        ),
        ("If this was not you, cancel it", link),
        ("If this was you, no action is needed.", "If not, also change your password and sign out your sessions."),
    )


# Kind → the letter from the row's details and the address it is `to`; None when nobody is to be written to.
KINDS: dict[str, Callable[[dict[str, Any]], MailText | None]] = {
    "alone": _alone,
    "invitation": _invitation,
    "password_changed": _password_changed,
    "password_reset": _password_reset,
    "security": _security,
    "sign_up": _sign_up,
    "suspension": _suspension,
}


MAX_BYTES = 1_000_000  # of a file that goes with a mail; a larger one is fetched by its link
# Kind → the file that goes with it from the row's details: its name and content. Filled where it is read from.
FILES: dict[str, Callable[[dict[str, Any]], tuple[str, bytes] | None]] = {}


def render_user_mail(mail: UserMail) -> EmailMessage | None:
    """The mail a row of `user_mails` asks for; None when nobody has its address."""
    mail_text = KINDS[mail.kind](mail.details | {"to": mail.recipient})
    if mail_text is None:
        return None
    file = FILES[mail.kind](mail.details) if mail.kind in FILES else None
    if file is not None and len(file[1]) > MAX_BYTES:
        file = None
    message = EmailMessage()
    message["Subject"] = _line(mail_text.subject)
    message["From"] = formataddr(("Bursar", settings.current().mail_from))
    message["To"] = mail.recipient
    message["Date"] = format_datetime(clock.actual())
    # The same mail, sent once more, is known by it.
    host = urlsplit(settings.current().public_url).hostname
    message["Message-ID"] = f"<{show('mail', mail.id)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    pressed = (f"{mail_text.action[0]}:\n{mail_text.action[1]}",) if mail_text.action else ()
    if file is not None:
        mail_text = replace(mail_text, paragraphs=(*mail_text.paragraphs, f"Attached: {file[0]}"))
    message.set_content("\n\n".join((*mail_text.paragraphs, *pressed, *mail_text.closing)) + "\n")
    drawn = mail_layout.page(
        mail_text.subject,
        mail_layout.Head("Bursar"),
        mail_text.paragraphs,
        action=mail_text.action,
        closing=mail_text.closing,
    )
    message.add_alternative(drawn, subtype="html")
    if file is not None:
        message.add_attachment(file[1], maintype="text", subtype="csv", filename=file[0])
    message["Content-Language"] = "en"
    return message


def _line(text: str) -> str:
    """The text on one line, as a header needs it."""
    return " ".join(text.split())
