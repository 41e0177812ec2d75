"""The section of lists: whom the business trusts, watches and refuses."""

from app.web.portal.risk.risk_entries import views as views
