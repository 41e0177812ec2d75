"""The flows section of the portal."""

from app.web.portal.operations.flows import views as views
