"""A state machine as a diagram, drawn from its table of edges: where something stands, and the way it came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.states import Machine
from app.domain.fulfilment.states import DELIVERY
from app.domain.orders.states import ORDER, SESSION
from app.domain.payments.states import ATTEMPT, BANK_TRANSFER

Edge = tuple[str, str]
# Where each state stands, as column and row: the way on goes to the right.
PLACES: dict[str, dict[str, tuple[int, int]]] = {
    "order": {
        **{"created": (0, 0), "paying": (1, 0), "paid": (2, 0), "fulfilling": (3, 0), "fulfilled": (4, 0)},
        **{"completed": (5, 0), "closed": (1, 1), "refunding": (4, 1), "refunded": (5, 1)},
    },
    "checkout_session": {"open": (0, 0), "complete": (1, 0), "expired": (1, 1), "cancelled": (1, 2)},
    "attempt": {
        **{"ready": (0, 1), "pending": (1, 0), "unknown": (1, 2)},
        **{"succeeded": (2, 0), "failed": (2, 1), "cancelled": (2, 2)},
    },
    "delivery": {
        **{"pending": (0, 0), "delivered": (1, 0), "failed": (0, 1), "revoking": (1, 1)},
        **{"revoked": (2, 0), "revocation_failed": (2, 1)},
    },
    "bank_transfer": {
        **{"recorded": (0, 0), "confirmed": (1, 0), "rejected": (0, 1), "returning": (1, 1)},
        **{"sent_back": (2, 1), "returned": (3, 1)},
    },
}
MACHINES: dict[str, Machine[Any]] = {
    machine.name: machine for machine in (ORDER, SESSION, ATTEMPT, DELIVERY, BANK_TRANSFER)
}
NODE_HEIGHT, MARGIN, ARC = 40, 2, 30
# Upright and fanned → the width of a state, and how far columns and rows are apart.
MEASURES = {
    (False, False): (128, 168, 84),
    (False, True): (128, 224, 72),
    (True, False): (112, 148, 66),
    (True, True): (84, 96, 96),
}
# Machines whose ways lead across, from many states of one column to many of the next.
FANNED = {"attempt"}


@dataclass(frozen=True)
class Node:
    """A state; `look` is now, was, next or far."""

    x: float
    y: float
    name: str
    label: str
    look: str
    count: str


@dataclass(frozen=True)
class Arrow:
    """An edge, or both edges between two states: a line and one or two heads, all as paths."""

    line: str
    heads: str
    visited: bool


@dataclass(frozen=True)
class FlowDiagram:
    """Everything the component draws; `summary` says the same in words."""

    width: float
    height: float
    node_width: int
    node_height: int
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    summary: str


@dataclass(frozen=True)
class _Grid:
    """The diagram's measures; `upright` turns it for narrow screens."""

    upright: bool
    node_width: int
    step_x: int
    step_y: int
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    fanned: bool = False

    @property
    def leads_across(self) -> bool:
        """Whether lines between rows and columns leave a state at its side, not above or below."""
        return self.upright != self.fanned

    def is_free(self, a: str, b: str) -> bool:
        """Whether nothing stands between two states of one row or one column."""
        (column_a, row_a), (column_b, row_b) = self.places[a], self.places[b]
        spots = set(self.places.values())
        if row_a == row_b:
            low, high = sorted((column_a, column_b))
            return not any((column, row_a) in spots for column in range(low + 1, high))
        low, high = sorted((row_a, row_b))
        return not any((column_a, row) in spots for row in range(low + 1, high))

    def corner(self, state: str) -> tuple[float, float]:
        """The node's upper left corner."""
        column, row = self.places[state]
        if self.upright:
            column, row = row, column
        return MARGIN + ARC * self.upright + column * self.step_x, MARGIN + ARC * (not self.upright) + row * self.step_y

    def middle(self, state: str) -> tuple[float, float]:
        """The middle of the node."""
        x, y = self.corner(state)
        return x + self.node_width / 2, y + NODE_HEIGHT / 2


def draw(
    name: str,
    *,
    current: str | None = None,
    visited: Collection[Edge] = (),
    counts: Mapping[str, str] | None = None,
    upright: bool = False,
) -> FlowDiagram:
    """The diagram of the machine of this name: `visited` are the steps that were taken, `counts` what stands in each
    state; `upright` for narrow screens."""
    machine, places = MACHINES[name], PLACES[name]
    fanned = name in FANNED
    grid = _Grid(upright, *MEASURES[upright, fanned], places, fanned)
    been = {state for edge in visited for state in edge}
    following = {to for source, to in machine.edges if source == current}
    nodes = tuple(
        Node(
            *grid.corner(state),
            name=state,
            label=state.replace("_", " ").capitalize(),
            look=_look(state, current, been, following),
            count=(counts or {}).get(state, ""),
        )
        for state in places
    )
    pairs = {tuple(sorted(edge, key=lambda state: places[state])) for edge in machine.edges}
    arrows = [_arrow(grid, (a, b), machine.edges, visited) for a, b in sorted(pairs)]
    return FlowDiagram(
        width=max(node.x for node in nodes) + grid.node_width + MARGIN + ARC * upright,
        height=max(node.y for node in nodes) + NODE_HEIGHT + MARGIN,
        node_width=grid.node_width,
        node_height=NODE_HEIGHT,
        nodes=nodes,
        arrows=tuple(sorted(arrows, key=lambda arrow: arrow.visited)),
        summary=_in_words(machine, current, counts or {}),
    )


def _look(state: str, current: str | None, been: Collection[str], following: Collection[str]) -> str:
    if current is None:
        return "next"
    return "now" if state == current else "was" if state in been else "next" if state in following else "far"


def _in_words(machine: Machine[Any], current: str | None, counts: Mapping[str, str]) -> str:
    if current is None:
        parts = [f"{state.replace('_', ' ')} {count}" for state, count in counts.items() if count]
        return f"States of {machine.name.replace('_', ' ')}: {', '.join(parts) or 'none counted'}."
    following = sorted(to.replace("_", " ") for source, to in machine.edges if source == current)
    way_on = f"Possible next states: {', '.join(following)}." if following else "This state is final."
    return f"Current state: {current.replace('_', ' ')}. {way_on}"


def _arrow(grid: _Grid, pair: Edge, edges: Collection[Edge], visited: Collection[Edge]) -> Arrow:
    a, b = pair
    line, at_a, at_b = _line(grid, a, b)
    heads = [at_b] * ((a, b) in edges) + [at_a] * ((b, a) in edges)
    return Arrow(line, "".join(heads), (a, b) in visited or (b, a) in visited)


def _line(grid: _Grid, a: str, b: str) -> tuple[str, str, str]:
    """The path between two states and the heads at its ends."""
    (x1, y1), (x2, y2) = grid.middle(a), grid.middle(b)
    wide, high = grid.node_width / 2, NODE_HEIGHT / 2
    right, down = (1 if x2 > x1 else -1), (1 if y2 > y1 else -1)
    if y1 == y2 and grid.is_free(a, b):
        return _straight((x1 + right * wide, y1), (x2 - right * wide, y2))
    if x1 == x2 and grid.is_free(a, b):
        return _straight((x1, y1 + down * high), (x2, y2 - down * high))
    if y1 == y2:  # over what stands between
        top, peak = y1 - high, y1 - high - ARC
        return (
            f"M{x1:g} {top:g}C{x1:g} {peak:g} {x2:g} {peak:g} {x2:g} {top:g}",
            _head(x1, top, "D"),
            _head(x2, top, "D"),
        )
    if x1 == x2:  # beside what stands between
        side = x1 - wide if grid.upright else x1 + wide
        peak = side - ARC if grid.upright else side + ARC
        way = "R" if grid.upright else "L"
        line = f"M{side:g} {y1:g}C{peak:g} {y1:g} {peak:g} {y2:g} {side:g} {y2:g}"
        return line, _head(side, y1, way), _head(side, y2, way)
    if grid.leads_across:
        start, end = (x1 + right * wide, y1), (x2 - right * wide, y2)
        turn = (start[0] + end[0]) / 2
        line = f"M{start[0]:g} {start[1]:g}C{turn:g} {start[1]:g} {turn:g} {end[1]:g} {end[0]:g} {end[1]:g}"
        return line, _head(*start, "L" if right > 0 else "R"), _head(*end, "R" if right > 0 else "L")
    start, end = (x1, y1 + down * high), (x2, y2 - down * high)
    turn = (start[1] + end[1]) / 2
    line = f"M{start[0]:g} {start[1]:g}C{start[0]:g} {turn:g} {end[0]:g} {turn:g} {end[0]:g} {end[1]:g}"
    return line, _head(*start, "U" if down > 0 else "D"), _head(*end, "D" if down > 0 else "U")


def _straight(start: tuple[float, float], end: tuple[float, float]) -> tuple[str, str, str]:
    (x1, y1), (x2, y2) = start, end
    across, along = ("L", "R") if x2 > x1 else ("R", "L"), ("U", "D") if y2 > y1 else ("D", "U")
    ways = across if y1 == y2 else along
    return f"M{x1:g} {y1:g}L{x2:g} {y2:g}", _head(x1, y1, ways[0]), _head(x2, y2, ways[1])


def _head(x: float, y: float, way: str) -> str:
    """An arrow's head whose point is here, pointing right, left, up or down."""
    back = {"R": "-7 -4v8z", "L": "7 -4v8z", "D": "-4 -7h8z", "U": "-4 7h8z"}[way]
    return f"M{x:g} {y:g}l{back}"
