"""The splitting section of the portal."""

from app.web.portal.splitting import views as views
