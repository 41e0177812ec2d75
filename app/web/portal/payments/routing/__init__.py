"""The routing section of the portal."""

from app.web.portal.payments.routing import views as views
