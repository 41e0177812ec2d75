"""The wallets section of the portal."""

from app.web.portal.wallets import views as views
