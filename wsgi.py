"""The WSGI entry point: `gunicorn -c gunicorn.conf.py wsgi:app`, and `flask --app wsgi COMMAND`."""

import os

from app.factory import create_app
from config import Settings, SettingsError

try:
    settings = Settings.from_env(os.environ)
except SettingsError as error:  # of a command's; gunicorn.conf.py has checked before its workers get here
    raise SystemExit(f"shelflife: {error}") from None

app = create_app(settings)
