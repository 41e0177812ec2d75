"""One's own password."""

from app.web.portal.accounts.password import views as views
