"""The promotions section of the portal."""

from app.web.portal.marketing.promotions import views as views
