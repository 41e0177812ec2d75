"""The WSGI entry: the application made from the environment."""

from app import create_app

app = create_app()
