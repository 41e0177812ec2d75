"""The movements section of the portal."""

from app.web.portal.wallets.movements import views as views
