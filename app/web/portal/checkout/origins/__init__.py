"""The origins section of the portal."""

from app.web.portal.checkout.origins import views as views
