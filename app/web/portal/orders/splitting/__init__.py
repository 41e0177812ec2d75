"""The splitting section of the portal."""

from app.web.portal.orders.splitting import views as views
