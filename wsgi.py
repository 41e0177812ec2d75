"""The WSGI entry: the application made from the environment."""

from app import create_app
from app.core.settings import said_plainly

with said_plainly():
    app = create_app()
