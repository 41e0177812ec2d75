"""Agreement texts: a draft is written, looked at and published; what was published never changes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Select, and_, delete, func, select, update

from app.core import clock, db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product
from app.domain.checkout.agreements import rules
from app.domain.checkout.agreements.errors import BadAgreement, CodeTaken, DraftMoved, TermsNeeded
from app.domain.checkout.agreements.models import (
    Agreement,
    AgreementDraft,
    AgreementProduct,
    AgreementTemplate,
)

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MAX_PRODUCTS = 200
templates, versions = db.table(AgreementTemplate), db.table(Agreement)
drafts, products = db.table(AgreementDraft), db.table(AgreementProduct)


@dataclass(frozen=True, kw_only=True)
class AgreementCommand:
    """What an agreement shall be. With `product_ids` only buyers of these products are asked for it."""

    name: str
    product_ids: Collection[uuid.UUID] = field(default_factory=tuple)
    only_products: bool = False
    enabled: bool = True


def create_agreement(
    business_id: uuid.UUID, *, code: str, command: AgreementCommand, template_id: uuid.UUID | None = None
) -> uuid.UUID:
    """A new agreement without any text; nobody is asked for it before a version is published. The same `template_id`
    again changes nothing.

    Raises:
        BadAgreement: the code or the name cannot be used, or no product is named. CodeTaken: as it says.
        NotFound: no such product.
    """
    if not _CODE.fullmatch(code):
        raise BadAgreement(
            "invalid_agreement", "Use only lowercase letters, digits, - and _.", details={"param": "code"}
        )
    template_id = template_id or new_id()
    with db.phase("manage_agreements.create", business_id):
        if db.first(_by_id(template_id)) is not None:
            return template_id
        added = db.new_row(AgreementTemplate, id=template_id, code=code, **_columns(command)).on_conflict_do_nothing()
        taken = CodeTaken("code_taken", "Another agreement already uses this code.", details={"param": "code"})
        db.write(added, expect=1, otherwise=taken)
        _bind(template_id, command)
    return template_id


def change_agreement(business_id: uuid.UUID, template_id: uuid.UUID, command: AgreementCommand) -> None:
    """Change whom an agreement is asked of. Its texts stay what they are.

    Raises:
        NotFound: no such agreement or product. BadAgreement: the name cannot be used, or no product is named.
        TermsNeeded: switched off, it would leave a live business that takes payments without terms.
    """
    with db.phase("manage_agreements.change", business_id):
        if not command.enabled:
            _check_terms_stay(template_id)
        db.lock(AgreementTemplate, template_id)
        db.write(db.change(AgreementTemplate, template_id, **_columns(command)), expect=1)
        _bind(template_id, command)


def _check_terms_stay(template_id: uuid.UUID) -> None:
    """Every template is locked, so that two that are switched off at once are not both the last but one."""
    own = templates.c.business_id == db.here()
    db.rows(select(templates.c.id).where(own).order_by(templates.c.id).with_for_update())
    sells = Business.mode == "live", Business.activated_at.is_not(None), Business.closed_at.is_(None)
    if db.scalar(select(Business.id).where(Business.id == db.here(), *sells)) is None:
        return
    same = and_(versions.c.business_id == templates.c.business_id, versions.c.template_id == templates.c.id)
    published = select(templates.c.id).join(versions, same).where(own, templates.c.enabled, versions.c.current)
    left = {row.id for row in db.rows(published)}
    if left == {template_id}:
        raise TermsNeeded("terms_needed", "These are your only terms. Publish others first, then switch these off.")


class _Text(TypedDict):
    title: str
    body: str
    edited_by: str
    edited_at: datetime


def save_draft(
    business_id: uuid.UUID,
    template_id: uuid.UUID,
    *,
    locale: str,
    title: str,
    body: str,
    actor: str,
    seen_version: int | None = None,
) -> int:
    """Write the draft of one language; its version. `seen_version` is the one that was edited, 0 for none: whoever
    saved meanwhile is not overwritten.

    Raises:
        NotFound: no such agreement. BadAgreement: the text cannot be used. DraftMoved: saved by somebody else.
    """
    title, body = rules.clean(title, body)
    locale = rules.clean_locale(locale)
    with db.phase("manage_agreements.save_draft", business_id):
        db.lock(AgreementTemplate, template_id)
        known = _draft(template_id, locale)
        if seen_version is not None and seen_version != (known.version if known else 0):
            raise DraftMoved(
                "draft_changed", "Another person has saved this draft in the meantime. Review their changes first."
            )
        text: _Text = {"title": title, "body": body, "edited_by": actor, "edited_at": clock.now()}
        if known is None:
            db.add(AgreementDraft, template_id=template_id, locale=locale, **text)
            return 1
        db.write(db.change(AgreementDraft, known.id, version=known.version + 1, **text), expect=1)
        return known.version + 1


def discard_draft(business_id: uuid.UUID, template_id: uuid.UUID, *, locale: str) -> None:
    """Throw the draft of one language away; none is fine.

    Raises:
        NotFound: no such agreement. BadAgreement: the locale is none.
    """
    locale = rules.clean_locale(locale)
    with db.phase("manage_agreements.discard_draft", business_id):
        db.lock(AgreementTemplate, template_id)
        _forget_draft(template_id, locale)


def publish_draft(
    business_id: uuid.UUID, template_id: uuid.UUID, *, locale: str, actor: str, seen_version: int | None = None
) -> uuid.UUID:
    """Make the draft the version that buyers are asked for from now on; the version's id. A draft that says what the
    current version says publishes nothing new.

    Raises:
        NotFound: no such agreement. DraftMoved: there is no draft, or it is not the one that was looked at.
        BadAgreement: the locale is none.
    """
    locale = rules.clean_locale(locale)
    with db.phase("manage_agreements.publish", business_id):
        template = db.lock(AgreementTemplate, template_id)
        draft = _draft(template_id, locale)
        if draft is None or seen_version not in (None, draft.version):
            raise DraftMoved("draft_changed", "This draft was changed or published in the meantime. Review it again.")
        agreement_id = _publish(template, locale=locale, title=draft.title, body=draft.body, actor=actor)
        _forget_draft(template_id, locale)
    return agreement_id


def publish_agreement(
    business_id: uuid.UUID, *, code: str, locale: str, title: str, body: str, actor: str = "system"
) -> uuid.UUID:
    """Publish a text as the next version of `code` in `locale`, for every buyer of the business if the agreement is
    new; the version's id.

    Raises:
        BadAgreement: the text cannot be used.
    """
    title, body = rules.clean(title, body)
    with db.phase("manage_agreements.publish_text", business_id):
        template_id = db.scalar(_by_code(code))
        if template_id is None:
            db.add_once(AgreementTemplate, id=new_id(), code=code, name=title)
            template_id = db.scalar(_by_code(code))
        return _publish(db.lock(AgreementTemplate, template_id), locale=locale, title=title, body=body, actor=actor)


def _publish(template: AgreementTemplate, *, locale: str, title: str, body: str, actor: str) -> uuid.UUID:
    agreement_id, text_hash = new_id(), rules.text_hash(title, body)
    conditions = (
        versions.c.business_id == db.here(),
        versions.c.template_id == template.id,
        versions.c.locale == locale,
    )
    same = db.first(select(versions.c.id).where(*conditions, versions.c.current, versions.c.text_hash == text_hash))
    if same is not None:
        return uuid.UUID(str(same.id))
    last = db.scalar(select(func.coalesce(func.max(versions.c.revision), 0)).where(*conditions))
    db.run(update(Agreement).where(*conditions, versions.c.current).values(current=False))
    db.add(
        Agreement,
        id=agreement_id,
        template_id=template.id,
        code=template.code,
        locale=locale,
        revision=last + 1,
        title=title,
        body=body,
        text_hash=text_hash,
        published_by=actor,
    )
    return agreement_id


class _Columns(TypedDict):
    name: str
    applies_to: str
    enabled: bool


def _columns(command: AgreementCommand) -> _Columns:
    name = " ".join(command.name.split())
    if not name or len(name) > rules.MAX_TITLE:
        raise BadAgreement("invalid_agreement", "Enter a name of at most 120 characters.", details={"param": "name"})
    if command.only_products and not 1 <= len(set(command.product_ids)) <= MAX_PRODUCTS:
        message = f"Choose 1 to {MAX_PRODUCTS} products, or require acceptance from every buyer."
        raise BadAgreement("invalid_agreement", message, details={"param": "products"})
    return {"name": name, "applies_to": "products" if command.only_products else "business", "enabled": command.enabled}


def _bind(template_id: uuid.UUID, command: AgreementCommand) -> None:
    """The products of the command and no others."""
    product_ids = set(command.product_ids) if command.only_products else set()
    known = db.rows(select(Product.id).where(Product.business_id == db.here(), Product.id.in_(list(product_ids))))
    if len(known) != len(product_ids):
        raise NotFound("not_found", "There is no such product.")
    conditions = (products.c.business_id == db.here(), products.c.template_id == template_id)
    db.run(delete(AgreementProduct).where(*conditions, products.c.product_id.not_in(list(product_ids))))
    for product_id in sorted(product_ids):
        db.add_once(AgreementProduct, template_id=template_id, product_id=product_id)


def _by_id(template_id: uuid.UUID) -> Select[AgreementTemplate]:
    return select(templates).where(templates.c.business_id == db.here(), templates.c.id == template_id)


def _draft(template_id: uuid.UUID, locale: str) -> AgreementDraft | None:
    return db.first(select(drafts).where(*_of_draft(template_id, locale)))


def _forget_draft(template_id: uuid.UUID, locale: str) -> None:
    db.run(delete(AgreementDraft).where(*_of_draft(template_id, locale)))


def _of_draft(template_id: uuid.UUID, locale: str) -> tuple[Any, ...]:
    return (drafts.c.business_id == db.here(), drafts.c.template_id == template_id, drafts.c.locale == locale)


def _by_code(code: str) -> Any:
    return select(templates.c.id).where(templates.c.business_id == db.here(), templates.c.code == code)
