"""What every list of the portal does in the same way: its address, columns, views and files."""

from app.web.portal.insights.lists import views as views
