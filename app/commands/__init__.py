"""Commands: `flask --app wsgi NAME`."""
