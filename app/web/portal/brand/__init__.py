"""What buyers know the business by."""

from app.web.portal.brand import views as views
