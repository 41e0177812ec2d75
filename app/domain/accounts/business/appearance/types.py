"""What an appearance is, in the members of the SDK's."""

from __future__ import annotations

from typing import TypedDict

Variables = dict[str, str]


class Appearance(TypedDict, total=False):
    """What is absent is the panel's own."""

    theme: str
    density: str
    labels: str
    disableAnimations: bool
    variables: Variables
    variablesDark: Variables
    rules: dict[str, dict[str, str]]
