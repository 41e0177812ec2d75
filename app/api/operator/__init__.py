"""The JSON for whoever runs the installation, under an operator key: which businesses there are, and what they may."""

from app.api.operator import businesses, limits, resource_limits, switches
from app.api.operator.api import operators

__all__ = ["businesses", "limits", "operators", "resource_limits", "switches"]
