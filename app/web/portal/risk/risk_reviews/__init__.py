"""The section of reviews about payments."""

from app.web.portal.risk.risk_reviews import views as views
