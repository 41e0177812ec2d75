"""The section of buttons and links: checkout configurations."""

from app.web.portal.configurations import views as views
