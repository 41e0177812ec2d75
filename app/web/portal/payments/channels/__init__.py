"""The channels section of the portal."""

from app.web.portal.payments.channels import views as views
