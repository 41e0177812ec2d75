"""How the buyer is reached, and what else the checkout asks for."""

from flask import current_app, request

from app.api.sdk.api import SessionCaller, page_language, sdk
from app.api.sdk.session import snapshot_of
from app.api.sdk.shapes import ContactChange, Snapshot
from app.core.i18n.language import DEFAULT
from app.workflow.buyers.set_contact import ContactCommand, set_contact


@sdk.post("/session/contact", body=ContactChange, answer=Snapshot, permission="checkout.own", tag="Browser",
          errors=("not_found", "session_closed", "session_expired", "already_ordered", "email_required",
                  "email_invalid", "phone_invalid", "field_invalid", "code_invalid", "mail_code_limit", "mail_off",
                  "invalid_buyer", "version_conflict"))  # fmt: skip
def set_session_contact(caller: SessionCaller, body: ContactChange) -> Snapshot:
    """Set email address, phone number and custom fields, or prove the mailbox.

    `send_code` sends a code of six digits to the address; `code` takes it. From then on the session is that buyer’s:
    with their wallet, coupons and limits. Whether an address is known is never told.
    """
    command = ContactCommand(values=body.values, send_code=body.send_code, code=body.code)
    set_contact(
        caller.business_id,
        caller.session_id,
        command,
        locale=page_language() or DEFAULT,
        counter=current_app.extensions["counter"],
        address=request.remote_addr,
    )
    return snapshot_of(caller)
