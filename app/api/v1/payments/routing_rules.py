"""Routing: which payments go to which channel accounts, and why."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.api.kit.shapes import (
    MAX_AMOUNT_MINOR,
    AccountId,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    ProductId,
    Shape,
    ShortText,
    SkuId,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.read.payments import routing
from app.read.payments.reasons import clock_time
from app.workflow.payments import manage_routing
from app.workflow.payments.manage_routing import RoutingRuleCommand

RuleName = Annotated[ShortText, Field(max_length=80, examples=["Large amounts"])]
Priority = Annotated[int, Field(ge=0, le=10_000, description="Lower numbers apply first.")]
AmountFrom0 = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)]
Direction = Literal["incoming", "outgoing"]
Scene = Annotated[str, StringConstraints(pattern="^[a-z_]{1,40}$"), Field(examples=["web"])]
FromTime = Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$"), Field(examples=["22:00"])]
UntilTime = Annotated[
    str, StringConstraints(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"), Field(examples=["06:00"])
]
_ERRORS = ("not_found", "invalid_range", "invalid_hours", "no_target", "unknown_currency")
_MAY_BE_NULL = frozenset(
    {"currency", "min_minor", "max_minor", "scene", "from_time", "until_time", "product_id", "sku_id"}
)


class RoutingTarget(Shape):
    """An account, and how much of the payments it gets: its weight among all weights of the rule."""

    account_id: AccountId
    weight: Annotated[int, Field(ge=1, le=1000)] = 1


def _each_once(targets: list[RoutingTarget]) -> list[RoutingTarget]:
    if len({target.account_id for target in targets}) != len(targets):
        raise ValueError("must name each account once")
    return targets


Targets = Annotated[list[RoutingTarget], Field(min_length=1, max_length=100), AfterValidator(_each_once)]


class RoutingRuleRequest(Shape):
    """A rule to be made. What is null does not matter to it."""

    name: RuleName
    targets: Targets
    priority: Priority = 100
    enabled: bool = True
    exclusive: Annotated[bool, Field(description="Do not fall back to other accounts.")] = False
    direction: Annotated[
        Direction,
        Field(
            description="`incoming`: payments. `outgoing`: withdrawals and payouts; such a rule has no `scene`, "
            "`product_id` or `sku_id`."
        ),
    ] = "incoming"
    currency: Currency | None = None
    min_minor: Annotated[AmountFrom0 | None, Field(description="Minimum amount, in `currency`.")] = None
    max_minor: Annotated[AmountFrom0 | None, Field(description="Maximum amount, in `currency`.")] = None
    scene: Scene | None = None
    from_time: Annotated[FromTime | None, Field(description="In the business's time zone.")] = None
    until_time: Annotated[UntilTime | None, Field(description="May be after midnight.")] = None
    product_id: ProductId | None = None
    sku_id: SkuId | None = None


class RoutingRuleChange(Shape):
    """What shall be different; what is not named stays. Null: it does not matter any more."""

    name: RuleName | None = None
    targets: Targets | None = None
    priority: Priority | None = None
    enabled: bool | None = None
    exclusive: bool | None = None
    direction: Direction | None = None
    currency: Currency | None = None
    min_minor: AmountFrom0 | None = None
    max_minor: AmountFrom0 | None = None
    scene: Scene | None = None
    from_time: FromTime | None = None
    until_time: UntilTime | None = None
    product_id: ProductId | None = None
    sku_id: SkuId | None = None
    version: Annotated[int | None, Field(ge=1, description="The `version` you read. If it is another now, 409.")] = None


class ShownTarget(Answer):
    """An account, and how much of the payments it gets."""

    account_id: str
    weight: int


class RoutingRule(Answer):
    """Which payments go to which accounts."""

    id: str
    name: str
    targets: list[ShownTarget]
    priority: int
    enabled: bool
    exclusive: bool
    direction: Direction
    currency: str | None
    min_minor: AnyAmountMinor | None
    max_minor: AnyAmountMinor | None
    scene: str | None
    from_time: str | None
    until_time: str | None
    product_id: str | None
    sku_id: str | None
    version: Annotated[int, Field(description="Number of changes so far, plus one.")]
    created_at: Moment


class RoutingRules(Answer):
    """All of them, in the order in which they are asked; 100 at most."""

    data: list[RoutingRule]


@v1.get("/routing_rules", answer=RoutingRules, permission="channels.read", tag="Routing")
def list_routing_rules(caller: KeyCaller) -> RoutingRules:
    """List routing rules.

    Each payment goes by the first one that fits it; behind the accounts that it names come all others.
    """
    return RoutingRules(data=[_rule(each.row) for each in routing.list_rules(caller.business_id)])


@v1.post(
    "/routing_rules",
    body=RoutingRuleRequest,
    answer=RoutingRule,
    status=201,
    permission="channels.write",
    idempotent=True,
    tag="Routing",
    errors=("too_many_rules", *_ERRORS),
)
def create_routing_rule(caller: KeyCaller, body: RoutingRuleRequest, claim_id: UUID) -> Callable[[], RoutingRule]:
    """Make a routing rule.

    It counts from the next payment on.
    """
    made = manage_routing.add_rule(caller.business_id, _command(body.model_dump()), rule_id=claim_id)
    return lambda: _rule(routing.rule(caller.business_id, made))


@v1.get("/routing_rules/{rule_id}", answer=RoutingRule, permission="channels.read", tag="Routing")
def get_routing_rule(caller: KeyCaller, rule_id: str) -> RoutingRule:
    """Get a routing rule."""
    return _rule(routing.rule(caller.business_id, parse("rul", rule_id)))


@v1.patch(
    "/routing_rules/{rule_id}",
    body=RoutingRuleChange,
    answer=RoutingRule,
    permission="channels.write",
    tag="Routing",
    errors=("version_conflict", *_ERRORS),
)
def change_routing_rule(caller: KeyCaller, rule_id: str, body: RoutingRuleChange) -> RoutingRule:
    """Change a routing rule.

    Payments that were begun stay where they are.
    """
    known = routing.rule(caller.business_id, parse("rul", rule_id))
    fields = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in fields.items() if value is not None or name in _MAY_BE_NULL}
    seen = changes.pop("version", known.version)
    now = _rule(known).model_dump(exclude={"id", "created_at", "version"})
    manage_routing.change_rule(caller.business_id, known.id, _command({**now, **changes}), seen=seen)
    return _rule(routing.rule(caller.business_id, known.id))


@v1.delete("/routing_rules/{rule_id}", status=204, permission="channels.write", tag="Routing")
def remove_routing_rule(caller: KeyCaller, rule_id: str) -> None:
    """Take a routing rule away.

    What was decided by it keeps its name.
    """
    manage_routing.remove_rule(caller.business_id, parse("rul", rule_id))


def known_scene(scene: str) -> str:
    """The scene. Raises Invalid when no channel knows it."""
    known = routing.scenes()
    if scene not in known:
        text = f"scene: Unknown scene. Valid scenes: {', '.join(known)}."
        raise Invalid("invalid_parameter", text, details={"param": "scene"})
    return scene


def _command(rule: dict[str, Any]) -> RoutingRuleCommand:
    same = ("name", "priority", "enabled", "exclusive", "direction", "currency", "min_minor", "max_minor")
    return RoutingRuleCommand(
        **{name: rule[name] for name in same},
        scene=known_scene(rule["scene"]) if rule["scene"] else None,
        from_minute=_minute(rule["from_time"]),
        until_minute=_minute(rule["until_time"]),
        product_id=parse("prd", rule["product_id"]) if rule["product_id"] else None,
        sku_id=parse("sku", rule["sku_id"]) if rule["sku_id"] else None,
        weights={parse("cha", each["account_id"]): each["weight"] for each in rule["targets"]},
    )


def _minute(time: str | None) -> int | None:
    return None if time is None else int(time[:2]) * 60 + int(time[3:])


def _rule(row: routing.RuleRow) -> RoutingRule:
    return RoutingRule(
        id=show("rul", row.id),
        targets=[
            ShownTarget(account_id=show("cha", UUID(each["account_id"])), weight=each["weight"]) for each in row.targets
        ],
        name=row.name,
        priority=row.priority,
        enabled=row.enabled,
        exclusive=row.exclusive,
        direction="outgoing" if row.direction == "outgoing" else "incoming",
        currency=row.currency,
        min_minor=row.min_minor,
        max_minor=row.max_minor,
        scene=row.scene,
        from_time=None if row.from_minute is None else clock_time(row.from_minute),
        until_time=None if row.until_minute is None else clock_time(row.until_minute),
        product_id=show("prd", row.product_id) if row.product_id else None,
        sku_id=show("sku", row.sku_id) if row.sku_id else None,
        version=row.version,
        created_at=moment_text(row.created_at),
    )
