"""The playground section of the portal."""

from app.web.portal.checkout.playground import views as views
