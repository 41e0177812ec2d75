"""The coupons section of the portal."""

from app.web.portal.marketing.coupons import views as views
