"""How the business's panel looks."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.kit.shapes import PRINTABLE, Answer, OneOf, Shape
from app.api.v1.api import KeyCaller, v1
from app.domain.accounts.business.appearance import tables
from app.read.checkout import appearance
from app.workflow.checkout.set_appearance import set_appearance

Theme = Annotated[str, OneOf(tables.THEMES)]
Density = Annotated[str, OneOf(tables.DENSITIES)]
Labels = Annotated[str, OneOf(tables.LABELS)]
Value = Annotated[str, StringConstraints(max_length=200), PRINTABLE]
Variables = Annotated[
    dict[Annotated[str, StringConstraints(pattern="^[A-Za-z]{1,40}$")], Value],
    Field(max_length=60, description="Named as in the SDK.", examples=[{"colorPrimary": "#0a7d5a"}]),
]
Rules = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=200), PRINTABLE],
        Annotated[dict[Annotated[str, StringConstraints(pattern="^[A-Za-z]{1,40}$")], Value], Field(max_length=40)],
    ],
    Field(
        max_length=60,
        description="Properties of parts of the panel.",
        examples=[{".Button": {"textTransform": "uppercase"}}],
    ),
]


class AppearanceRequest(Shape):
    """An appearance instead of the one before, in the members of the SDK's. What is absent is the panel's own."""

    theme: Theme = "auto"
    density: Density = "normal"
    labels: Labels = "above"
    disableAnimations: bool = False  # noqa: N815 (the SDK calls it so)
    variables: Variables = {}
    variablesDark: Annotated[Variables, Field(description="Override `variables` in dark mode.")] = {}  # noqa: N815
    rules: Rules = {}
    version: Annotated[
        int | None, Field(ge=0, le=2**31 - 1, description="The `version` you read. If it is another now, 409.")
    ] = None


class Illegible(Answer):
    """Two colors that meet and are too much alike."""

    pair: Annotated[str, Field(examples=["button"])]
    dark: Annotated[bool, Field(description="In the dark scheme.")]
    front: str
    back: str
    ratio: Annotated[float, Field(description="Their contrast by WCAG 2.2.")]
    needed: float
    remedies: Annotated[
        dict[str, str], Field(description="A variable and the nearest value that passes; any one suffices.")
    ]


class PanelAppearance(Answer):
    """How the panel looks, and what of it cannot be read well."""

    theme: Theme
    density: Density
    labels: Labels
    disableAnimations: bool  # noqa: N815
    variables: dict[str, str]
    variablesDark: dict[str, str]  # noqa: N815
    rules: dict[str, dict[str, str]]
    version: Annotated[int, Field(description="Number of changes so far.")]
    illegible: Annotated[list[Illegible], Field(description="A warning; the value is still saved.")]


@v1.get("/appearance", answer=PanelAppearance, permission="checkout.read", tag="Checkout")
def get_appearance(caller: KeyCaller) -> PanelAppearance:
    """Get the appearance of the panel."""
    return _appearance(caller.business_id)


@v1.post(
    "/appearance",
    body=AppearanceRequest,
    answer=PanelAppearance,
    permission="checkout.write",
    tag="Checkout",
    errors=("invalid_appearance", "version_conflict"),
)
def save_appearance(caller: KeyCaller, body: AppearanceRequest) -> PanelAppearance:
    """Save the appearance of the panel.

    Pages for buyers wear it from now on; what a checkout configuration or a page says itself goes before it.
    """
    set_appearance(caller.business_id, body.model_dump(exclude={"version"}), seen=body.version)
    return _appearance(caller.business_id)


def _appearance(business_id: UUID) -> PanelAppearance:
    kept, version = appearance.saved_with_version(business_id)
    own: dict[str, Any] = {
        "theme": "auto",
        "density": "normal",
        "labels": "above",
        "disableAnimations": False,
        "variables": {},
        "variablesDark": {},
        "rules": {},
    }
    return PanelAppearance(
        **{**own, **kept},
        version=version,
        illegible=[
            Illegible(
                pair=each.pair,
                dark=each.dark,
                front=each.front,
                back=each.back,
                ratio=round(each.ratio, 2),
                needed=each.needed,
                remedies={remedy.variable: remedy.value for remedy in each.remedies},
            )
            for each in appearance.check(kept)
            if not each.passes
        ],
    )
