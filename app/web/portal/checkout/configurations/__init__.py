"""The section of buttons and links: checkout configurations."""

from app.web.portal.checkout.configurations import views as views
