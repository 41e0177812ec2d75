"""Options of a product and the SKUs they make."""

from app.web.portal.matrix import views as views
