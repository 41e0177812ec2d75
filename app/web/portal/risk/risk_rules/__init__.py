"""The section of rule sets: what decides about payments."""

from app.web.portal.risk.risk_rules import views as views
