"""One's own password."""

from app.web.portal.password import views as views
