"""The members section of the portal."""

from app.web.portal.fulfilment.memberships import views as views
