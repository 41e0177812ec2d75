"""What is done to many orders at once."""

from app.web.portal.orders.bulk import views as views
