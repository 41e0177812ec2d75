"""Files of members in the portal."""

from app.web.portal.catalog.membership_imports import views as views
