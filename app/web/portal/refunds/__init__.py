"""The refunds section of the portal."""

from app.web.portal.refunds import views as views
