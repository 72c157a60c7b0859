"""The application: every route and every command, around one container."""

from app.commands.evaluate import build_evaluate
from app.commands.import_products import build_import_products
from app.commands.learn import build_learn
from app.commands.model import build_model
from app.commands.replay import build_replay
from app.commands.sample import build_load_sample
from app.commands.stream import build_stream as build_stream_command
from app.commands.tune import build_tune
from app.container import Container
from app.cors import allow_origins
from app.observe import Observer
from app.problems import register_problems
from app.service import Service
from app.views.admin import build_admin
from app.views.browse import build_browse
from app.views.events import build_events
from app.views.ga4 import build_ga4
from app.views.health import build_health
from app.views.pages import build_pages
from app.views.products import build_products
from app.views.recommend import build_recommend
from app.views.sdk import build_sdk
from app.views.segment import build_segment
from app.views.shelves import build_shelves
from app.views.shop import build_shop
from app.views.stream import build_stream
from app.views.users import build_users
from config import Settings

VIEWS = (
    build_events,
    build_segment,
    build_ga4,
    build_recommend,
    build_stream,
    build_shelves,
    build_users,
    build_products,
    build_browse,
    build_health,
    build_admin,
)
COMMANDS = (
    build_load_sample,
    build_import_products,
    build_replay,
    build_learn,
    build_stream_command,
    build_tune,
    build_evaluate,
    build_model,
)


def create_app(settings: Settings) -> Service:
    """The service as a WSGI application. Nothing is connected or started before the first request."""
    container = Container(settings)
    app = Service("shelflife")
    app.extensions["shelflife"] = container
    app.url_map.strict_slashes = False
    app.wsgi_app = Observer(app.wsgi_app, container)  # type: ignore[method-assign]
    register_problems(app, container.log)
    allow_origins(app, settings.cors_origins)
    for build_views in VIEWS:
        app.register_blueprint(build_views(container))
    app.register_blueprint(build_pages(app, container))
    app.register_blueprint(build_shop())
    app.register_blueprint(build_sdk())
    app.find_direct_views()
    for build_command in COMMANDS:
        app.cli.add_command(build_command(container))
    return app
