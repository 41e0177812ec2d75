"""The channels section of the portal."""

from app.web.portal.channels import views as views
