"""What a test business has besides settings is taken over by its live twin: roles, limits, categories, agreements,
routing rules, checkout configurations, webhook endpoints, tax rates, risk rules (as a draft) and appearance.

Each thing is a use case of its own, so a copy that was stopped half-way is finished by another one: what is the same
already is not written again. Credentials, channels, keys and people are never copied: what needs one that live does not
have is left out, and says why. An endpoint gets a secret of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.errors import AppError, Conflict, Invalid
from app.domain.accounts.business.models import Approval, Business, Role
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.catalog.models import Category
from app.domain.checkout.agreements.models import AgreementTemplate
from app.domain.orders.models import CheckoutConfiguration
from app.domain.orders.types import OrderItem
from app.domain.payments.models import RoutingRule
from app.domain.risk.models import RiskRuleSet
from app.domain.risk.states import RuleSetStatus
from app.domain.risk.types import read_rules
from app.domain.webhooks.models import WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.people.manage_roles import RoleCommand, change_role, create_role
from app.workflow.catalog.manage_categories import create_category, rename_category
from app.workflow.checkout.manage_agreements import (
    AgreementCommand,
    change_agreement,
    create_agreement,
    publish_agreement,
)
from app.workflow.checkout.manage_configurations import (
    Changes,
    ConfigurationCommand,
    change_configuration,
    create_configuration,
)
from app.workflow.checkout.set_appearance import set_appearance
from app.workflow.orders.manage_tax_rates import TaxRateCommand, set_tax_rate
from app.workflow.payments.manage_routing import RoutingRuleCommand, add_rule, change_rule
from app.workflow.risk import manage_rule_sets
from app.workflow.risk.manage_rule_sets import RuleSetCommand
from app.workflow.steps.accounts import copied_parts
from app.workflow.steps.accounts.copied_parts import Difference, Thing
from app.workflow.webhooks.manage_webhooks import EndpointCommand, change_endpoint, create_endpoint

NEEDS: Mapping[str, str] = {
    "appearance": "checkout.write",
    "approval_limits": "settings.write",
    "roles": "team.write",
    "categories": "products.write",
    "agreements": "agreements.write",
    "routing_rules": "channels.write",
    "checkout_configurations": "checkout.write",
    "webhook_endpoints": "webhooks.write",
    "tax_rates": "settings.write",
    "risk_rules": "risk.write",
}
"""Each part that can be copied, in the order in which it is, and the permission to do so."""
OUTCOMES = ("new", "changed", "same", "left_out", "copied")
WAITS = "Higher limits wait for approval."
businesses = db.table(Business)


@dataclass(frozen=True)
class CopyItem:
    """One thing of a part: `new` in live, `changed` by these differences, the `same`, or `left_out` for a reason;
    `copied` once it is done. A new endpoint's `secret` is shown this once."""

    part: str
    name: str
    outcome: str
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    secret: str = ""


def copyable_parts(business_id: uuid.UUID) -> tuple[CopyItem, ...]:
    """What could be copied into this live business from its test twin, by part and name.

    Raises:
        Conflict: `no_twin`: this is no live business with a test twin.
    """
    test_id = _test_of(business_id)
    return tuple(item for part in NEEDS for item, _ in _compared(part, test_id, business_id))


def copy_parts(business_id: uuid.UUID, parts: Collection[str], *, actor: str) -> tuple[CopyItem, ...]:
    """Copy these parts into the live business; what became of each thing. A second call finds all of it the same.

    Raises:
        Conflict: `no_twin`. Invalid: `unknown_part`: no such part, or none.
    """
    if not parts or set(parts) - NEEDS.keys():
        raise Invalid("unknown_part", f"Choose parts to copy: {', '.join(NEEDS)}.", details={"param": "parts"})
    test_id, done = _test_of(business_id), list[CopyItem]()
    for part in (each for each in NEEDS if each in parts):
        done += [_copied(business_id, item, thing, actor) for item, thing in _compared(part, test_id, business_id)]
    return tuple(done)


def _copied(business_id: uuid.UUID, item: CopyItem, thing: Thing, actor: str) -> CopyItem:
    if item.outcome not in ("new", "changed"):
        return item
    try:
        secret = _WRITE[item.part](business_id, item.name, thing, actor)
    except AppError as error:
        return CopyItem(item.part, item.name, "left_out", error.message)
    return CopyItem(item.part, item.name, "copied", differences=item.differences, secret=secret)


def _compared(part: str, test_id: uuid.UUID, live_id: uuid.UUID) -> list[tuple[CopyItem, Thing]]:
    with db.reading(test_id):
        wanted = copied_parts.things(part)
    with db.reading(live_id):
        there = copied_parts.things(part)
        waits = WAITS if part == "approval_limits" and _is_asked_for(wanted["approval_limits"]) else ""
        return [(_item(part, name, thing, there.get(name), waits), thing) for name, thing in wanted.items()]


def _item(part: str, name: str, thing: Thing, there: Thing | None, waits: str) -> CopyItem:
    found = copied_parts.differences(thing, there) if there else ()
    if there and not found and not thing.left_out:
        return CopyItem(part, name, "same")
    reason = thing.left_out or waits or copied_parts.lacking(thing) or (there.left_out if there else "")
    if "parent" in {each.member for each in found}:
        reason = "It is in another category in live. Move it there by hand."
    if reason:
        return CopyItem(part, name, "left_out", reason)
    return CopyItem(part, name, "changed" if there else "new", differences=found)


def _is_asked_for(thing: Thing) -> bool:
    """Somebody has asked for these limits already, and nobody has decided."""
    assert isinstance(thing, copied_parts.LimitsThing)
    table = db.table(Approval)
    own = table.c.business_id == db.here(), table.c.kind == "limits", table.c.status == ApprovalStatus.REQUESTED
    asked = [row.payload["after"] for row in db.rows(select(table).where(*own).limit(copied_parts.MAX_OF_KIND))]
    return (thing.limits, thing.channels_need_approval) in [
        (each["limits"], each["channels_need_approval"]) for each in asked
    ]


def _test_of(business_id: uuid.UUID) -> uuid.UUID:
    with db.system_reading():
        twin = businesses.c.twin_id == business_id, businesses.c.mode == "test"
        test_id: uuid.UUID | None = db.scalar(select(businesses.c.id).where(*twin))
    if test_id is None:
        raise Conflict("no_twin", "Things are copied into a live business, from its test business.")
    return test_id


def _known(business_id: uuid.UUID, model: Any, column: str, name: str, *alive: Any) -> uuid.UUID | None:
    table = db.table(model)
    with db.reading(business_id):
        found: uuid.UUID | None = db.scalar(
            select(table.c.id).where(table.c.business_id == business_id, table.c[column] == name, *alive).limit(1)
        )
    return found


def _write_appearance(business_id: uuid.UUID, _: str, thing: copied_parts.AppearanceThing, __: str) -> str:
    set_appearance(business_id, thing.settings)
    return ""


def _write_limits(business_id: uuid.UUID, _: str, thing: copied_parts.LimitsThing, actor: str) -> str:
    needed = set_approval_limits(
        business_id, thing.limits, channels_need_approval=thing.channels_need_approval, actor=actor
    )
    if needed is not None:
        raise needed  # what is wider waits for a second person
    return ""


def _write_role(business_id: uuid.UUID, name: str, thing: copied_parts.RoleThing, actor: str) -> str:
    command = RoleCommand(name, thing.permissions, thing.limits)
    known = _known(business_id, Role, "name", name, db.table(Role).c.archived_at.is_(None))
    if known is None:
        create_role(business_id, command, actor=actor)
    else:
        change_role(business_id, known, command, actor=actor)
    return ""


def _write_category(business_id: uuid.UUID, code: str, thing: copied_parts.CategoryThing, _: str) -> str:
    known = _known(business_id, Category, "code", code)
    if known is not None:
        rename_category(business_id, known, thing.name)
        return ""
    parent = _known(business_id, Category, "code", thing.parent) if thing.parent else None
    create_category(business_id, code=code, name=thing.name, parent_id=parent)
    return ""


def _write_agreement(business_id: uuid.UUID, code: str, thing: copied_parts.AgreementThing, actor: str) -> str:
    known, command = _known(business_id, AgreementTemplate, "code", code), AgreementCommand(name=thing.name)
    if known is None:
        off = AgreementCommand(name=thing.name, enabled=False)  # nobody is asked before all languages are there
        known = create_agreement(business_id, code=code, command=off)
    for locale, (title, body) in thing.texts.items():
        publish_agreement(business_id, code=code, locale=locale, title=title, body=body, actor=actor)
    change_agreement(business_id, known, command if thing.enabled else AgreementCommand(name=thing.name, enabled=False))
    return ""


def _write_rule(business_id: uuid.UUID, name: str, thing: copied_parts.RuleThing, _: str) -> str:
    with db.reading(business_id):
        ids = copied_parts.account_ids()
    weights = {ids[channel, account]: weight for channel, account, weight in thing.targets}
    rest = {each.name: getattr(thing, each.name) for each in fields(thing) if each.name not in ("targets", "left_out")}
    command = RoutingRuleCommand(name=name, weights=weights, **rest)
    known = _known(business_id, RoutingRule, "name", name)
    if known is None:
        add_rule(business_id, command)
    else:
        change_rule(business_id, known, command)
    return ""


def _write_configuration(business_id: uuid.UUID, name: str, thing: copied_parts.ConfigurationThing, _: str) -> str:
    with db.reading(business_id):
        ids = copied_parts.sku_ids(code for code, _ in thing.items)
    items = [OrderItem(ids[code], quantity) for code, quantity in thing.items if code in ids]
    rest = {
        each: getattr(thing, each) for each in ("currency", "return_url", "locale", "metadata", "appearance", "active")
    }
    alive = db.table(CheckoutConfiguration).c.archived_at.is_(None)
    known = _known(business_id, CheckoutConfiguration, "name", name, alive)
    if known is None:
        create_configuration(business_id, ConfigurationCommand(name=name, items=items, terms=thing.terms, **rest))
    else:
        terms = {each.name: getattr(thing.terms, each.name) for each in fields(thing.terms)}
        change_configuration(business_id, known, Changes(items=items, **terms, **rest))  # type: ignore[typeddict-item]
    return ""


def _write_endpoint(business_id: uuid.UUID, url: str, thing: copied_parts.EndpointThing, actor: str) -> str:
    command = EndpointCommand(url, thing.topics, thing.description, thing.in_order)
    alive = db.table(WebhookEndpoint).c.status != EndpointStatus.REMOVED
    known = _known(business_id, WebhookEndpoint, "url", url, alive)
    if known is None:
        return create_endpoint(business_id, command, actor=actor).secret
    change_endpoint(business_id, known, command)
    return ""


def _write_tax_rate(business_id: uuid.UUID, country: str, thing: copied_parts.TaxRateThing, _: str) -> str:
    set_tax_rate(business_id, TaxRateCommand(country=country, name=thing.title, rate_bps=thing.rate))
    return ""


def _write_risk_rules(business_id: uuid.UUID, name: str, thing: copied_parts.RiskRulesThing, actor: str) -> str:
    """As a draft: people try it in shadow and turn it on in live as they would any other."""
    command = RuleSetCommand(name=name, rules=read_rules(thing.rules), block_at=thing.block_at)
    known = _known(business_id, RiskRuleSet, "name", name, db.table(RiskRuleSet).c.status == RuleSetStatus.DRAFT)
    if known is None:
        manage_rule_sets.create(business_id, command, actor=actor)
    else:
        manage_rule_sets.change(business_id, known, command, actor=actor)
    return ""


_WRITE: Mapping[str, Callable[[uuid.UUID, str, Any, str], str]] = {
    "appearance": _write_appearance,
    "approval_limits": _write_limits,
    "roles": _write_role,
    "categories": _write_category,
    "agreements": _write_agreement,
    "routing_rules": _write_rule,
    "checkout_configurations": _write_configuration,
    "webhook_endpoints": _write_endpoint,
    "tax_rates": _write_tax_rate,
    "risk_rules": _write_risk_rules,
}
