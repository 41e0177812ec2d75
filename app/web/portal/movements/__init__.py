"""The movements section of the portal."""

from app.web.portal.movements import views as views
