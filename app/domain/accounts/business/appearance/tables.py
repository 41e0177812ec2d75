"""What an appearance may name. `sdk/src/appearance/tables.js` has the same, and a test compares them."""

from __future__ import annotations

THEMES = ("auto", "light", "dark", "flat", "minimal", "night", "paper", "contrast")
DENSITIES = ("normal", "compact", "spacious")
LABELS = ("above", "beside", "hidden")

DARK_THEMES = ("dark", "night")
LIGHT_THEMES = ("light", "paper")

COLOURS = (
    "colorPrimary", "colorPrimaryText", "colorBackground", "colorText", "colorTextSecondary", "colorBorder",
    "colorDanger", "colorSuccess", "colorWarning",
)  # fmt: skip
"""Those a theme has a value for."""

MORE_COLOURS = (
    "colorBackgroundSecondary", "colorTextPlaceholder", "colorLink", "iconColor", "buttonColorBackground",
    "buttonColorText",
)  # fmt: skip

# variable → what its value is
VARIABLES: dict[str, str] = {
    **dict.fromkeys((*COLOURS, *MORE_COLOURS), "colour"),
    "colorBackdrop": "value",
    "fontFamily": "font",
    **dict.fromkeys(("fontSizeBase", "fontSizeSm", "fontSizeLg", "fontSizeXl"), "length"),
    "fontLineHeight": "number",
    **dict.fromkeys(("fontWeightNormal", "fontWeightMedium", "fontWeightBold"), "weight"),
    **dict.fromkeys(("spacingUnit", "gridRowSpacing", "pickerItemSpacing"), "length"),
    **dict.fromkeys(("borderRadius", "pickerBorderRadius", "buttonBorderRadius", "panelBorderRadius"), "length"),
    **dict.fromkeys(("buttonHeight", "panelMaxWidth"), "length"),
    **dict.fromkeys(("panelBoxShadow", "focusOutline", "focusBoxShadow"), "value"),
}

PARTS: dict[str, str] = {
    "Panel": "",
    "Header": ".bursar-head",
    "Merchant": ".bursar-merchant",
    "Badge": ".bursar-badge",
    "ProductName": ".bursar-product-name",
    "ProductText": ".bursar-product-text",
    "Image": ".bursar-image",
    "Label": ".bursar-label",
    "Hint": ".bursar-hint",
    "Option": ".bursar-option",
    "PaymentMethod": ".bursar-payment-method",
    "PaymentMethodIcon": ".bursar-payment-method .bursar-icon",
    "Stepper": ".bursar-stepper",
    "Input": ":is(.bursar-code-input,.bursar-select,.bursar-quantity-input)",
    "Checkbox": ".bursar-checkbox",
    "Coupon": ".bursar-coupon",
    "Summary": ".bursar-lines",
    "Line": ".bursar-line",
    "Total": ".bursar-line-total",
    "Link": ".bursar-link",
    "Button": ".bursar-pay",
    "PrimaryButton": ".bursar-act-primary",
    "SecondaryButton": ".bursar-act-secondary",
    "Alert": ".bursar-alert",
    "Scene": ".bursar-scene",
    "SceneTitle": ".bursar-scene-title",
    "SceneText": ".bursar-scene-text",
    "SceneMark": ".bursar-mark",
    "Code": ".bursar-code-frame",
    "Dialog": ".bursar-dialog",
    "Footer": ".bursar-foot",
}

STATES: dict[str, str] = {
    "--selected": ":has(:checked)",
    "--invalid": ':is([aria-invalid="true"],[data-invalid] *)',
    "--busy": ".bursar-is-busy",
    ":hover": ":hover",
    ":focus": ":is(:focus-visible,:has(:focus-visible))",
    ":active": ":active",
    ":disabled": ':is(:disabled,[aria-disabled="true"],:has(:disabled))',
    "::placeholder": "::placeholder",
}

PROPERTIES = (
    "backgroundColor", "border", "borderBottom", "borderColor", "borderRadius", "borderStyle", "borderTop",
    "borderWidth", "boxShadow", "color", "fill", "fontFamily", "fontSize", "fontStyle", "fontVariantNumeric",
    "fontWeight", "gap", "letterSpacing", "lineHeight", "marginBlock", "maxWidth", "minHeight", "outline",
    "outlineOffset", "padding", "paddingBlock", "paddingInline", "stroke", "strokeWidth", "textAlign",
    "textDecoration", "textShadow", "textTransform", "textUnderlineOffset", "transition",
)  # fmt: skip

_PLAIN = {
    "colorPrimary": ("#2348d6", "#8aa4ff"),
    "colorPrimaryText": ("#ffffff", "#0b1026"),
    "colorBackground": ("#ffffff", "#161923"),
    "colorText": ("#1a1f36", "#eceef5"),
    "colorTextSecondary": ("#5a6178", "#a3a9bd"),
    "colorBorder": ("#d9dce6", "#343a4c"),
    "colorDanger": ("#b3172f", "#ff8f9c"),
    "colorSuccess": ("#0b7a4b", "#54d399"),
    "colorWarning": ("#8a5300", "#f0b65a"),
}
_NIGHT = {
    "colorPrimary": "#9db2ff",
    "colorPrimaryText": "#0a0e1f",
    "colorBackground": "#0a0e1f",
    "colorText": "#edf0ff",
    "colorTextSecondary": "#a2abcf",
    "colorBorder": "#29325a",
    "colorDanger": "#ff95a3",
    "colorSuccess": "#5fe0a0",
    "colorWarning": "#f3c06b",
}
_PAPER = {
    "colorPrimary": "#8c3a12",
    "colorBackground": "#fffdf8",
    "colorText": "#2b2219",
    "colorTextSecondary": "#6b5d4f",
    "colorBorder": "#e4dac9",
}
_CONTRAST = {
    "colorPrimary": ("#0a2a9e", "#b9c8ff"),
    "colorPrimaryText": ("#ffffff", "#000000"),
    "colorBackground": ("#ffffff", "#000000"),
    "colorText": ("#000000", "#ffffff"),
    "colorTextSecondary": ("#33363f", "#d5d9e3"),
    "colorBorder": ("#595f6e", "#9aa1b3"),
    "colorDanger": ("#8f0a1f", "#ffb3bd"),
    "colorSuccess": ("#055c37", "#8df0bd"),
    "colorWarning": ("#613a00", "#ffd699"),
}
_OWN: dict[str, dict[str, tuple[str, str]]] = {
    "night": {name: (value, value) for name, value in _NIGHT.items()},
    "paper": {name: (value, value) for name, value in _PAPER.items()},
    "contrast": _CONTRAST,
}


def palette(theme: str, *, dark: bool) -> dict[str, str]:
    """The colours that a theme has by itself."""
    return {name: both[dark] for name, both in {**_PLAIN, **_OWN.get(theme, {})}.items()}


def schemes(theme: str) -> tuple[bool, ...]:
    """Whether a theme is seen in the light (False), in the dark (True) or in both."""
    return (True,) if theme in DARK_THEMES else (False,) if theme in LIGHT_THEMES else (False, True)
