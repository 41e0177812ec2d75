"""Benefits and scopes as JSON, and back: what is read is checked again by the rules' own constructors."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from app.domain.marketing.kinds import (
    KINDS,
    NAMES,
    Benefit,
    Bundle,
    BuyGet,
    FullReduction,
    Ladder,
    LadderStep,
    MemberPrice,
    Part,
    Scope,
    Step,
)


def written(value: Any) -> Any:
    """A benefit, a scope or a part of them as JSON; what is empty is left out."""
    if is_dataclass(value):
        members = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: written(member) for name, member in members.items() if member not in (None, frozenset(), {})}
    if isinstance(value, Mapping):
        return {str(key): written(member) for key, member in value.items()}
    if isinstance(value, frozenset):
        return sorted(written(each) for each in value)
    if isinstance(value, tuple):
        return [written(each) for each in value]
    return str(value) if isinstance(value, uuid.UUID) else value


def kind_of(benefit: Benefit) -> str:
    """The kind's name, as in KINDS."""
    return NAMES[type(benefit)]


def read_benefit(kind: str, members: Mapping[str, Any]) -> Benefit:
    """The benefit that `written` wrote."""
    fields = dict(members)
    made = KINDS[kind]
    if made is FullReduction:
        fields["steps"] = tuple(Step(**step) for step in fields["steps"])
    elif made is Ladder:
        fields["steps"] = tuple(LadderStep(**step) for step in fields["steps"])
    elif made is Bundle:
        fields["parts"] = tuple(Part(read_scope(part["scope"]), part["quantity"]) for part in fields["parts"])
    elif made is BuyGet and "get" in fields:
        fields["get"] = read_scope(fields["get"])
    elif made is MemberPrice and "unit_minor" in fields:
        fields["unit_minor"] = {uuid.UUID(sku_id): minor for sku_id, minor in fields["unit_minor"].items()}
    return made(**fields)


def read_scope(members: Mapping[str, Any]) -> Scope:
    """The scope that `written` wrote."""
    return Scope(
        sku_ids=_ids(members, "sku_ids"),
        product_ids=_ids(members, "product_ids"),
        categories=frozenset(members.get("categories", ())),
        excluded_sku_ids=_ids(members, "excluded_sku_ids"),
    )


def _ids(members: Mapping[str, Any], name: str) -> frozenset[uuid.UUID]:
    return frozenset(uuid.UUID(each) for each in members.get(name, ()))
