"""The coupons section of the portal."""

from app.web.portal.coupons import views as views
