"""The disputes section."""

from app.web.portal.payments.disputes import views as views
