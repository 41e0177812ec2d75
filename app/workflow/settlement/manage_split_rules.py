"""Who gets what of every line: writing rules as drafts, asking a second person, and putting them in force.

A rule in force never changes. Another version takes its place from a moment on; orders placed before go by the one
that counted then, also when they are cleared later."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import select

from app.core import clock, db, ids, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.catalog.models import Category, Product, Sku
from app.domain.catalog.sellers.models import Seller
from app.domain.settlement.clearing import rules, service
from app.domain.settlement.clearing.models import SplitRule, SplitRuleVersion
from app.domain.settlement.clearing.states import OPEN_VERSIONS, SPLIT_RULE_VERSION, VersionStatus
from app.domain.settlement.clearing.types import SELLER, SplitTerms, write_terms
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.states import PartnerStatus
from app.lib.some import some
from app.workflow.steps.accounts import request_approval

MAX_NAME_LENGTH = 120
MAX_REASON_LENGTH = 500
SCOPES = ("business", "seller", "category", "product", "sku")
partners = db.table(Partner)


@dataclass(frozen=True, kw_only=True)
class RuleCommand:
    """What a rule is called and about: `subject_id` is the seller, category, product or SKU that `scope` names; None
    for the whole business."""

    name: str
    scope: str = "business"
    subject_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class VersionCommand:
    """What a version says, why, and from when on: `begins_at` None is as soon as it is approved. Terms without shares
    end the sharing."""

    terms: SplitTerms
    reason: str = ""
    begins_at: datetime | None = None


def create(
    business_id: uuid.UUID,
    command: RuleCommand,
    version: VersionCommand,
    *,
    actor: str,
    rule_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A new rule with its first version as a draft; the rule's id. The same `rule_id` again changes nothing.

    Raises:
        Invalid: a name, terms or a moment that cannot be. NotFound: no such seller, category, product, SKU or partner.
        Conflict: there is a rule about it already.
    """
    rule_id = rule_id or new_id()
    name = _name(command.name)
    _check(version)
    with db.phase("manage_split_rules.create", business_id):
        known = select(service.rules.c.id).where(
            service.rules.c.business_id == business_id, service.rules.c.id == rule_id
        )
        if db.scalar(known) is not None:
            return rule_id
        subject = _subject(command)
        added = db.new_row(SplitRule, id=rule_id, name=name, scope=command.scope, **subject)
        taken = Conflict("split_rule_exists", "There is a rule about this already. Write another version of it.")
        db.write(added.on_conflict_do_nothing(), expect=1, otherwise=taken)
        _add_version(rule_id, 1, version, actor)
    return rule_id


def rename(business_id: uuid.UUID, rule_id: uuid.UUID, *, name: str) -> None:
    """Call the rule something else.

    Raises:
        NotFound: no such rule. Invalid: the name is empty or too long.
    """
    checked = _name(name)
    with db.phase("manage_split_rules.rename", business_id):
        db.write(db.change(SplitRule, db.lock(SplitRule, rule_id).id, name=checked), expect=1)


def save_draft(business_id: uuid.UUID, rule_id: uuid.UUID, version: VersionCommand, *, actor: str) -> uuid.UUID:
    """Write the rule's draft, or begin one; the version's id.

    Raises:
        NotFound: no such rule or partner. Invalid: terms or a moment that cannot be. Conflict: a version waits for
            approval.
    """
    _check(version)
    with db.phase("manage_split_rules.save_draft", business_id):
        db.lock(SplitRule, rule_id)
        draft = _undecided(rule_id)
        if draft is None:
            return _add_version(rule_id, service.last_number(rule_id) + 1, version, actor)
        if draft.status != VersionStatus.DRAFT:
            raise Conflict("version_requested", "A version waits for approval. Take it back first.")
        _check_partners(version.terms)
        changed = db.change(
            SplitRuleVersion,
            draft.id,
            terms=write_terms(version.terms),
            reason=version.reason.strip(),
            begins_at=version.begins_at,
            written_by=actor,
        )
        db.write(changed, expect=1)
        return draft.id


def discard_draft(business_id: uuid.UUID, rule_id: uuid.UUID, *, actor: str) -> None:
    """Throw the draft away, or take back what waits for approval; nothing that counts changes.

    Raises:
        NotFound: no such rule, or it has no draft.
    """
    with db.phase("manage_split_rules.discard", business_id):
        db.lock(SplitRule, rule_id)
        draft = _open(rule_id)
        if draft.status == VersionStatus.REQUESTED:
            moved = states.advance(
                SPLIT_RULE_VERSION, draft, VersionStatus.DRAFT, reason="taken back", actor=actor, approval_id=None
            )
            states.advance(SPLIT_RULE_VERSION, moved, VersionStatus.DISCARDED, reason="discarded", actor=actor)
        else:
            states.advance(SPLIT_RULE_VERSION, draft, VersionStatus.DISCARDED, reason="discarded", actor=actor)


def request(business_id: uuid.UUID, rule_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """Ask a second person to put the draft in force; the approval's id. Asked again, it is the same one.

    Raises:
        NotFound: no such rule, or it has no draft. Denied: by a key that nobody stands for.
    """
    with db.phase("manage_split_rules.request", business_id):
        rule = db.lock(SplitRule, rule_id)
        draft = _open(rule_id)
        if draft.status == VersionStatus.REQUESTED:
            return some(draft.approval_id)
        _check_start(draft.begins_at)
        approval_id = request_approval.request(
            "split_rule",
            new_id(),
            actor=actor,
            reason=draft.reason or rule.name,
            payload={
                "rule_id": str(rule_id),
                "version_id": str(draft.id),
                "title": rule.name,
                "number": draft.number,
                "terms": draft.terms,
            },
        )
        db.flush()
        states.advance(
            SPLIT_RULE_VERSION,
            draft,
            VersionStatus.REQUESTED,
            reason=draft.reason or "requested",
            actor=actor,
            approval_id=approval_id,
        )
        return approval_id


def put_in_force(business_id: uuid.UUID, approval: Approval) -> None:
    """Let the version count that was approved; the one before it counts until then. Safe to call again.

    Raises:
        Conflict: it was taken back or changed meanwhile. NotFound: a partner that it names is closed.
    """
    version_id = uuid.UUID(approval.payload["version_id"])
    with db.phase("manage_split_rules.put_in_force", business_id):
        db.lock(SplitRule, uuid.UUID(approval.payload["rule_id"]))
        version = db.get(SplitRuleVersion, version_id)
        if version.status in (VersionStatus.IN_FORCE, VersionStatus.SUPERSEDED):
            return
        if version.approval_id != approval.id or version.terms != approval.payload["terms"]:
            raise Conflict("version_conflict", "This version was changed or taken back in the meantime.")
        starts_at = max(version.begins_at or clock.now(), clock.now())
        before = service.current_version(version.rule_id)
        if before is not None:
            states.advance(
                SPLIT_RULE_VERSION,
                before,
                VersionStatus.SUPERSEDED,
                reason=f"version {version.number} takes its place",
                actor=some(approval.decided_by),
                ends_at=max(starts_at, some(before.starts_at)),
            )
            starts_at = max(starts_at, some(before.starts_at))
            db.flush()
        states.advance(
            SPLIT_RULE_VERSION,
            version,
            VersionStatus.IN_FORCE,
            reason="approved",
            actor=some(approval.decided_by),
            aggregate_id=version.rule_id,
            payload={"split_rule_id": str(version.rule_id)},
            starts_at=starts_at,
        )


def _check(version: VersionCommand) -> None:
    if version.terms.shares:
        rules.check_terms(version.terms)
    if len(version.reason) > MAX_REASON_LENGTH:
        raise Invalid("reason_missing", f"Use at most {MAX_REASON_LENGTH} characters.", details={"param": "reason"})
    _check_start(version.begins_at)


def _check_start(begins_at: datetime | None) -> None:
    if begins_at is not None and begins_at < clock.now():
        text = "Choose a time from now on: orders that were placed keep their rule."
        raise Invalid("invalid_date", text, details={"param": "begins_at"})


def _name(name: str) -> str:
    if not 0 < len(name.strip()) <= MAX_NAME_LENGTH:
        text = f"Enter a name of at most {MAX_NAME_LENGTH} characters."
        raise Invalid("invalid_split_rule", text, details={"param": "name"})
    return name.strip()


class _Subject(TypedDict):
    seller_id: uuid.UUID | None
    category_id: uuid.UUID | None
    product_id: uuid.UUID | None
    sku_id: uuid.UUID | None


def _subject(command: RuleCommand) -> _Subject:
    """The columns that name what the rule is about."""
    scope, subject_id = command.scope, command.subject_id
    if scope not in SCOPES or (scope == "business") != (subject_id is None):
        text = "Choose what the rule is about."
        raise Invalid("invalid_split_rule", text, details={"param": "scope"})
    subject: _Subject = {
        "seller_id": subject_id if scope == "seller" else None,
        "category_id": subject_id if scope == "category" else None,
        "product_id": subject_id if scope == "product" else None,
        "sku_id": subject_id if scope == "sku" else None,
    }
    for model, row_id in (
        (Seller, subject["seller_id"]),
        (Category, subject["category_id"]),
        (Product, subject["product_id"]),
        (Sku, subject["sku_id"]),
    ):
        if row_id is not None:
            _require(model, row_id)
    return subject


def _require(model: type[db.Base], row_id: uuid.UUID) -> None:
    db.get(model, row_id)


def _add_version(rule_id: uuid.UUID, number: int, version: VersionCommand, actor: str) -> uuid.UUID:
    _check_partners(version.terms)
    version_id = new_id()
    db.add(
        SplitRuleVersion,
        id=version_id,
        rule_id=rule_id,
        number=number,
        terms=write_terms(version.terms),
        reason=version.reason.strip(),
        begins_at=version.begins_at,
        written_by=actor,
    )
    states.born(SPLIT_RULE_VERSION, version_id, reason="written", actor=actor)
    return version_id


def _check_partners(terms: SplitTerms) -> None:
    named = [share.party for share in terms.shares if share.party != SELLER]
    found = set(_partner_ids(named))
    for index, share in enumerate(terms.shares):
        if share.party != SELLER and share.party not in found:
            details = {"param": f"shares.{index}.partner_id"}
            raise NotFound("not_found", "There is no such partner, or it is closed.", details=details)


def _partner_ids(named: Sequence[str]) -> list[str]:
    known = [each for text in named if (each := _parsed(text)) is not None]
    open_ones = select(partners.c.id).where(
        partners.c.business_id == db.here(), partners.c.id.in_(known), partners.c.status != PartnerStatus.CLOSED
    )
    return [str(row.id) for row in db.rows(open_ones)]


def _parsed(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return ids.try_parse(text, "par")


def _open(rule_id: uuid.UUID) -> SplitRuleVersion:
    version = _undecided(rule_id)
    if version is None:
        raise NotFound("not_found", "This rule has no draft.")
    return version


def _undecided(rule_id: uuid.UUID) -> SplitRuleVersion | None:
    """The version that is being written, or waits for a decision that nobody has taken; one whose approval ended
    otherwise is rejected now."""
    version = service.open_version(rule_id)
    if version is None or version.approval_id is None:
        return version
    approval = db.get(Approval, version.approval_id)
    if approval.status in (ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED):
        return version
    states.advance(
        SPLIT_RULE_VERSION,
        version,
        VersionStatus.REJECTED,
        reason=approval.decision or f"approval {approval.status}",
        actor=approval.decided_by or "system",
    )
    db.flush()
    return None


assert set(OPEN_VERSIONS) == {VersionStatus.DRAFT, VersionStatus.REQUESTED}
