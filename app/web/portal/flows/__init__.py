"""The flows section of the portal."""

from app.web.portal.flows import views as views
