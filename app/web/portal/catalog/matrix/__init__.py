"""Options of a product and the SKUs they make."""

from app.web.portal.catalog.matrix import views as views
