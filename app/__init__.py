"""HTTP and command line: parse, call, render. The application is put together in `factory.py`."""
