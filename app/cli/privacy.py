"""flask privacy export|erase: one buyer's data, on the buyer's demand."""

from __future__ import annotations

import json
import uuid

import click

from app.cli.plain import Plain
from app.core import ids
from app.read.accounts import personal_data
from app.workflow.accounts import erase_buyer


@click.group("privacy")
def privacy() -> None:
    """What is kept of one buyer."""


@privacy.command("export", cls=Plain)
@click.argument("business")
@click.option("--reference", default="", help="The merchant’s reference for the buyer.")
@click.option("--email", default="", help="The email address.")
@click.option("--phone", default="", help="The phone number, such as +4915112345678.")
@click.option("--text", "as_text", is_flag=True, help="Print text instead of JSON.")
def export(business: str, reference: str, email: str, phone: str, as_text: bool) -> None:
    """Print everything that BUSINESS (biz_…) keeps of one buyer."""
    business_id, buyer = _find(business, reference, email, phone)
    found = personal_data.personal_data(
        business_id, references=buyer.references, emails=buyer.emails, phones=buyer.phones
    )
    click.echo(personal_data.readable(found) if as_text else json.dumps(found, indent=2, ensure_ascii=False))


@privacy.command("erase", cls=Plain)
@click.argument("business")
@click.option("--reference", default="", help="The merchant’s reference for the buyer.")
@click.option("--email", default="", help="The email address.")
@click.option("--phone", default="", help="The phone number, such as +4915112345678.")
@click.option("--reason", required=True, help="Reason, stored with the pseudonym. Do not name the buyer.")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def erase(business: str, reference: str, email: str, phone: str, reason: str, yes: bool) -> None:
    """Replace one buyer of BUSINESS (biz_…) by a pseudonym, everywhere and for good."""
    business_id, buyer = _find(business, reference, email, phone)
    click.echo(f"References: {', '.join(buyer.references) or 'none of their own'}")
    click.echo(f"Addresses: {', '.join(buyer.emails) or 'none'}; numbers: {', '.join(buyer.phones) or 'none'}")
    if not yes:
        click.confirm("Erase this buyer permanently?", abort=True)
    pseudonym, changed = erase_buyer.erase_buyer(
        business_id, buyer, reason=reason, requested_by="cli", agreed="operator"
    )
    click.echo(f"{changed} rows changed; the buyer is now {pseudonym}.")


def _find(business: str, reference: str, email: str, phone: str) -> tuple[uuid.UUID, erase_buyer.Buyer]:
    business_id = ids.parse("biz", business)
    return business_id, erase_buyer.find_buyer(business_id, reference=reference, email=email, phone=phone)
