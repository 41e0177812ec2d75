"""Files of products in the portal: in and out."""

from app.web.portal.imports import views as views
