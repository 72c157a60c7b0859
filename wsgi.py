"""The WSGI entry point: `gunicorn -c gunicorn.conf.py wsgi:app`."""

import os

from app import create_app
from config import Settings

app = create_app(Settings.from_env(os.environ))
