"""What is done to many orders at once."""

from app.web.portal.bulk import views as views
