"""The refunds section of the portal."""

from app.web.portal.payments.refunds import views as views
