"""Cases: what needs a person."""

from app.web.portal.reconciliation.cases import views as views
