"""The section of decisions about payments."""

from app.web.portal.risk.risk_decisions import views as views
