"""Files of products in the portal: in and out."""

from app.web.portal.catalog.imports import views as views
