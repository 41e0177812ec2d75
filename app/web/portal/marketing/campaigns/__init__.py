"""The campaigns section of the portal."""

from app.web.portal.marketing.campaigns import views as views
