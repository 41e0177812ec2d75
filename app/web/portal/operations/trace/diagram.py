"""A chain as a diagram: a column a stage, what hangs together beside one another. Ready-made SVG geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.core.i18n.marks import N_
from app.core.money import format_money
from app.read.operations.hops import STAGES, Hop, Stage
from app.read.operations.trace import Trace
from app.web.checkout.locale import translate

WIDTH, BOX_WIDTH, BOX_HEIGHT, GAP, HEAD = 1000, 172, 56, 12, 30
MAX_COUNT = 6  # boxes of one kind that hang on the same; the others are one box together
LETTERS = 21
TITLES = {
    "request": N_("Request"),
    "order": N_("Order"),
    "object": N_("What changed"),
    "part": N_("Parts"),
    "movement": N_("Money, goods, news"),
    "channel": N_("At the channel"),
    "ledger": N_("Ledger"),
    "event": N_("Events"),
    "message": N_("Webhooks and mails"),
}


@dataclass(frozen=True)
class Box:
    """One object, or several of a kind that there is no room for."""

    x: float
    y: float
    title: str
    amount: str
    status: str
    url: str
    label: str
    is_found: bool


@dataclass(frozen=True)
class Column:
    """A stage's name above its boxes."""

    x: float
    title: str


@dataclass(frozen=True)
class TraceDiagram:
    """Everything the component draws; `edges` are paths."""

    width: int
    height: float
    box_width: int
    box_height: int
    columns: tuple[Column, ...]
    boxes: tuple[Box, ...]
    edges: tuple[str, ...]
    summary: str


@dataclass(frozen=True)
class _Placed:
    hops: tuple[Hop, ...]
    x: float
    y: float

    @property
    def first(self) -> Hop:
        return self.hops[0]


def draw(found: Trace, url_of: Callable[[Hop], str]) -> TraceDiagram:
    """The diagram of a chain; `url_of` is where an object's own page is, or nothing."""
    stages = [stage for stage in STAGES if any(hop.stage == stage for hop in found.hops)]
    step = (WIDTH - BOX_WIDTH) / max(1, len(stages) - 1)
    columns = {stage: min(step, 260) * place for place, stage in enumerate(stages)}
    placed = _placed(found.hops, columns)
    where = {hop.id: box for box in placed for hop in box.hops}
    edges = {
        _edge(where[link.id], box)
        for box in placed
        for link in box.first.came_from
        if link.id in where and where[link.id] is not box
    }
    return TraceDiagram(
        width=WIDTH,
        height=max(box.y for box in placed) + BOX_HEIGHT + 2,
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        columns=tuple(Column(x, translate(TITLES[stage])) for stage, x in columns.items()),
        boxes=tuple(_box(box, found, url_of) for box in placed),
        edges=tuple(sorted(edges)),
        summary=f"{len(found.hops)} objects, starting with the {found.hops[0].title.lower()}; see the list below.",
    )


def _placed(hops: Sequence[Hop], columns: Mapping[Stage, float]) -> list[_Placed]:
    """Boxes from the left column to the right one, each column in the order of what its boxes hang on."""
    placed: list[_Placed] = []
    height_of: dict[str, float] = {}
    for stage, x in columns.items():
        boxes, beside = _folded([hop for hop in hops if hop.stage == stage]), dict(height_of)
        for of_box in boxes:  # what hangs on a box of this column stands where that one does
            high = min((beside.get(link.id, 0) for link in of_box[0].came_from), default=0)
            beside |= {hop.id: high for hop in of_box}
        boxes.sort(key=lambda of_box: beside[of_box[0].id])
        for row, of_box in enumerate(boxes):
            y = HEAD + row * (BOX_HEIGHT + GAP)
            placed.append(_Placed(tuple(of_box), x, y))
            height_of |= {hop.id: y for hop in of_box}
    return placed


def _folded(hops: Sequence[Hop]) -> list[list[Hop]]:
    """Each hop by itself, but beyond MAX_COUNT of one kind on one parent the rest together."""
    groups: dict[tuple[str, str], list[Hop]] = defaultdict(list)
    for hop in hops:
        groups[hop.kind, hop.came_from[0].id if hop.came_from else ""].append(hop)
    boxes = []
    for group in groups.values():
        apart = len(group) if len(group) <= MAX_COUNT else MAX_COUNT - 1
        boxes += [[hop] for hop in group[:apart]] + ([group[apart:]] if group[apart:] else [])
    return boxes


def _edge(parent: _Placed, child: _Placed) -> str:
    if parent.x == child.x:  # one under the other
        x = parent.x + 16
        return f"M{x:g} {parent.y + BOX_HEIGHT:g}V{child.y:g}"
    x1, y1 = parent.x + BOX_WIDTH, parent.y + BOX_HEIGHT / 2
    x2, y2 = child.x, child.y + BOX_HEIGHT / 2
    turn = x2 - 18 if x2 - x1 > 60 else (x1 + x2) / 2
    return f"M{x1:g} {y1:g}C{turn:g} {y1:g} {turn:g} {y2:g} {x2:g} {y2:g}" if y1 != y2 else f"M{x1:g} {y1:g}H{x2:g}"


def _box(placed: _Placed, found: Trace, url_of: Callable[[Hop], str]) -> Box:
    hop, others = placed.first, len(placed.hops) - 1
    if others:
        title, amount, status = f"and {others + 1} more", "", ""
    else:
        title, status = _cut(hop.title), hop.status
        amount = format_money(hop.amount_minor, hop.currency) if hop.amount_minor is not None and hop.currency else ""
    lines = [hop.title if not others else f"{others + 1} more of {hop.kind.replace('_', ' ')}", amount, status]
    return Box(
        x=placed.x,
        y=placed.y,
        title=title,
        amount=amount,
        status=status,
        url="#steps" if others else url_of(hop),
        label=", ".join(part.replace("_", " ") for part in lines if part),
        is_found=any(each.id == found.found for each in placed.hops),
    )


def _cut(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"
