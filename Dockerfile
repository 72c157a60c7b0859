FROM python:3.11-slim AS build
COPY requirements.txt .
# Wheels are built here, so that a package without one for this platform brings no compiler into the image.
RUN pip wheel --no-cache-dir --wheel-dir /wheels -r requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-index --find-links /wheels -r requirements.txt

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin shelflife
COPY --from=build /venv /venv
WORKDIR /srv
COPY . .
# Kernels for any processor of this kind, not for the one that the image is made on.
ENV NUMBA_CPU_NAME=generic
# Compiled once here, bytecode and kernels: at run time nothing can be written outside /tmp, /dev/shm and the volume.
RUN /venv/bin/python -m compileall -q . && /venv/bin/python -m learner.warm
# A volume that is mounted here for the first time belongs to the same user.
RUN mkdir /var/lib/shelflife && chown shelflife /var/lib/shelflife
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp HOST=0.0.0.0 SHELFLIFE_VAR_DIR=/var/lib/shelflife
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/livez', timeout=2)"]
# gunicorn is process 1 and gets the signals itself.
CMD ["python", "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
