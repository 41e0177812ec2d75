"""The appearance section of the portal."""

from app.web.portal.checkout.appearance import views as views
