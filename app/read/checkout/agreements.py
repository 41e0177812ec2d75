"""Agreements as the portal lists, edits and compares them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, func, select

from app.core import db, paging
from app.core.paging import After, newest_first
from app.domain.catalog.models import Product
from app.domain.catalog.states import ProductStatus
from app.domain.checkout.agreements.models import (
    Agreement,
    AgreementDraft,
    AgreementProduct,
    AgreementTemplate,
)
from app.domain.orders.models import AgreementAcceptance
from app.lib.text_diff import Line, compare
from app.read.checkout.agreement_rows import AskedProduct, ProductCount, VersionHead
from app.read.named_row import NamedRow

WholeVersion = Agreement  # for those who show one
DraftRow = AgreementDraft
PAGE = 50
MAX_ROWS = 200  # languages and products of an agreement, and products to choose from
COUNTED = 100  # acceptances are counted up to here
templates, versions = db.table(AgreementTemplate), db.table(Agreement)
drafts, bound, products = db.table(AgreementDraft), db.table(AgreementProduct), db.table(Product)
_HEADS = db.select_as(VersionHead, select(*(column for column in versions.columns if column.name != "body")))
OfTemplate = TypeVar("OfTemplate", VersionHead, AgreementDraft, AskedProduct)


@dataclass(frozen=True)
class TemplateCard:
    """One agreement (row of agreement_templates), its current versions without their texts, and its drafts."""

    row: AgreementTemplate
    current: tuple[VersionHead, ...]
    drafts: tuple[AgreementDraft, ...]
    products: int


@dataclass(frozen=True)
class Language:
    """One language of an agreement: the version that buyers are asked for, without its text, and what is being
    written."""

    locale: str
    current: VersionHead | None
    draft: AgreementDraft | None

    @property
    def next_revision(self) -> int:
        """The number that the draft gets when it is published: the newest version is the current one."""
        return (self.current.revision if self.current else 0) + 1

    @property
    def shown_revision(self) -> int:
        """The number of the text that an editor begins with: the draft's, or the current version's."""
        return self.next_revision if self.draft is not None or self.current is None else self.current.revision


@dataclass(frozen=True)
class TemplatePage:
    """One agreement with all its languages, by locale, and the products whose buyers are asked."""

    row: AgreementTemplate
    languages: tuple[Language, ...]
    products: tuple[NamedRow, ...]

    def language(self, locale: str) -> Language:
        """The language, empty when nothing was ever written in it."""
        return next((each for each in self.languages if each.locale == locale), Language(locale, None, None))


@dataclass(frozen=True)
class VersionPage:
    """One version with its text, the one before it, and what changed between them."""

    template: AgreementTemplate
    row: Agreement
    previous: Agreement | None
    changes: tuple[Line, ...]
    accepted: int  # orders, counted up to COUNTED


def page_of_templates(business_id: uuid.UUID, *, cursor: str) -> paging.Page[TemplateCard]:
    """A page of the portal's list, the newest first."""
    query = select(templates).where(templates.c.business_id == business_id)
    with db.reading(business_id):
        rows, following = paging.cut(db.rows(newest_first(query, templates, paging.key_of(cursor), PAGE)), PAGE)
        current = _by_template(
            _HEADS.where(versions.c.business_id == business_id, versions.c.current).order_by(versions.c.locale)
        )
        open_drafts = _by_template(select(drafts).where(drafts.c.business_id == business_id).order_by(drafts.c.locale))
        counts = db.rows(
            db.select_as(ProductCount, select(bound.c.template_id, func.count().label("products")))
            .where(bound.c.business_id == business_id, bound.c.template_id.in_([row.id for row in rows]))
            .group_by(bound.c.template_id)
            .limit(MAX_ROWS)
        )
    many = {row.template_id: row.products for row in counts}
    cards = tuple(
        TemplateCard(row, tuple(current[row.id]), tuple(open_drafts[row.id]), many.get(row.id, 0)) for row in rows
    )
    return paging.Page(cards, following)


def list_pages(business_id: uuid.UUID, *, after: After, limit: int) -> list[TemplatePage]:
    """Agreements as `template_page` has them, newest first, one more than `limit`."""
    query = select(templates).where(templates.c.business_id == business_id)
    with db.reading(business_id):
        return _pages(business_id, db.rows(newest_first(query, templates, after, limit)))


def template_page(business_id: uuid.UUID, template_id: uuid.UUID) -> TemplatePage:
    """One agreement with what counts now: of each language the current version and the draft.

    Raises:
        NotFound: the business has no such agreement.
    """
    with db.reading(business_id):
        [found] = _pages(business_id, [db.get(AgreementTemplate, template_id)])
    return found


def list_versions(
    business_id: uuid.UUID, template_id: uuid.UUID, *, locale: str | None = None, after: After, limit: int
) -> list[VersionHead]:
    """Versions of an agreement without their texts, newest first, one more than `limit`; of all languages without a
    `locale`.

    Raises:
        NotFound: the business has no such agreement.
    """
    query = _HEADS.where(versions.c.business_id == business_id, versions.c.template_id == template_id)
    query = query if locale is None else query.where(versions.c.locale == locale)
    with db.reading(business_id):
        db.get(AgreementTemplate, template_id)
        return list(db.rows(newest_first(query, versions, after, limit)))


def page_of_versions(
    business_id: uuid.UUID, template_id: uuid.UUID, locale: str, *, cursor: str
) -> paging.Page[VersionHead]:
    """A page of the portal's list of one language's versions."""
    found = list_versions(business_id, template_id, locale=locale, after=paging.key_of(cursor), limit=PAGE)
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)


def version_page(business_id: uuid.UUID, template_id: uuid.UUID, agreement_id: uuid.UUID) -> VersionPage:
    """One version of an agreement.

    Raises:
        NotFound: the agreement has no such version.
    """
    with db.reading(business_id):
        template = db.get(AgreementTemplate, template_id)
        row = db.get(Agreement, agreement_id, versions.c.template_id == template_id)
        of_template = (versions.c.business_id == business_id, versions.c.template_id == template_id)
        is_before = (versions.c.locale == row.locale, versions.c.revision == row.revision - 1)
        previous = db.first(select(versions).where(*of_template, *is_before))
        accepted = db.table(AgreementAcceptance)
        some = select(accepted.c.id).where(
            accepted.c.business_id == business_id, accepted.c.agreement_id == agreement_id
        )
        count = int(db.scalar(select(func.count()).select_from(some.limit(COUNTED).subquery())))
    changes = compare(f"{previous.title}\n\n{previous.body}", f"{row.title}\n\n{row.body}") if previous else ()
    return VersionPage(template, row, previous, changes, count)


def text_of(business_id: uuid.UUID, page: TemplatePage, locale: str) -> Agreement | AgreementDraft | None:
    """The draft of a language, else its current version with its text, else None: what an editor begins with."""
    language = page.language(locale)
    if language.draft is not None or language.current is None:
        return language.draft
    with db.reading(business_id):
        return db.first(
            select(versions).where(versions.c.business_id == business_id, versions.c.id == language.current.id)
        )


def choosable_products(business_id: uuid.UUID) -> tuple[NamedRow, ...]:
    """Products an agreement can be asked for: those not archived, the newest first."""
    query = (
        db.select_as(NamedRow, select(products.c.id, products.c.name))
        .where(products.c.business_id == business_id, products.c.status != ProductStatus.ARCHIVED)
        .order_by(products.c.created_at.desc(), products.c.id.desc())
        .limit(MAX_ROWS)
    )
    with db.reading(business_id):
        return tuple(db.rows(query))


def _pages(business_id: uuid.UUID, rows: Sequence[AgreementTemplate]) -> list[TemplatePage]:
    ids = [row.id for row in rows]
    heads = _HEADS.where(versions.c.business_id == business_id, versions.c.template_id.in_(ids), versions.c.current)
    written = select(drafts).where(drafts.c.business_id == business_id, drafts.c.template_id.in_(ids))
    names = (
        db.select_as(AskedProduct, select(bound.c.template_id, products.c.id, products.c.name))
        .join(products, (bound.c.business_id == products.c.business_id) & (bound.c.product_id == products.c.id))
        .where(bound.c.business_id == business_id, bound.c.template_id.in_(ids))
        .order_by(products.c.name, products.c.id)
    )
    current, asked = _by_template(heads, len(ids)), _by_template(names, len(ids))
    open_drafts = _by_template(written, len(ids))
    return [TemplatePage(row, _languages(current[row.id], open_drafts[row.id]), tuple(asked[row.id])) for row in rows]


def _languages(current: Sequence[VersionHead], open_drafts: Sequence[AgreementDraft]) -> tuple[Language, ...]:
    locales = sorted({*(each.locale for each in current), *(each.locale for each in open_drafts)})
    return tuple(_language(locale, current, open_drafts) for locale in locales)


def _by_template(query: Select[OfTemplate], pages: int = 20) -> dict[uuid.UUID, list[OfTemplate]]:
    found: dict[uuid.UUID, list[OfTemplate]] = defaultdict(list)
    for row in db.rows(query.limit(MAX_ROWS * pages)):
        found[row.template_id].append(row)
    return found


def _language(locale: str, current: Sequence[VersionHead], open_drafts: Sequence[AgreementDraft]) -> Language:
    return Language(
        locale,
        next((row for row in current if row.locale == locale), None),
        next((row for row in open_drafts if row.locale == locale), None),
    )
