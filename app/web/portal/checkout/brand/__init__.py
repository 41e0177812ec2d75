"""What buyers know the business by."""

from app.web.portal.checkout.brand import views as views
