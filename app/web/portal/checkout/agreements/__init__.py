"""The agreements section of the portal."""

from app.web.portal.checkout.agreements import views as views
