"""How this process is set up: one frozen, validated `Settings`, made from a mapping.

Nothing else in the project reads the environment. The table in `docs/settings.md` lists every setting.
"""

import ipaddress
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

PREFIX = "SHELFLIFE_"
# What `events.taxonomy.parse_weights` reads, and only finite numbers.
_NUMBER = r"[+-]?([0-9]{1,15}\.?[0-9]{0,15}|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?"
_WEIGHT = rf" *([^\s,=][^,=]*= *{_NUMBER} *)?"
_PORT = r":(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})"
_HOST = r"([^/:@\[\]?]*|\[[0-9A-Fa-f:.]+\])"
_REDIS_URL = rf"^(unix://.+|rediss?://([^/@]*@)?{_HOST}({_PORT})?(/[0-9]*)?(\?.*)?)$"
# Names that tools around a web service already agree on keep their usual, unprefixed form.
UNPREFIXED = frozenset({"host", "port", "redis_url", "log_level", "web_concurrency", "prometheus_multiproc_dir"})


class SettingsError(ValueError):
    """Raised when a setting has a value that cannot be used; the message names the variable."""


def _doc(text: str) -> Meta:
    return Meta(description=text)


def _matching(pattern: str, words: str) -> Meta:
    """Text that matches; `words` say the same to people, after "must"."""
    return Meta(pattern=pattern, extra={"must": words})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting of a Shelflife process. Times are seconds unless the name says otherwise."""

    host: Annotated[str, Meta(min_length=1), _doc("Address that gunicorn listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535), _doc("Port that gunicorn listens on.")] = 8000
    web_concurrency: Annotated[
        int, Meta(ge=1, le=512), _doc("Number of web worker processes; as many as there are cores.")
    ] = 2
    web_threads: Annotated[int, Meta(ge=1, le=512), _doc("Threads in each web worker.")] = 8
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _doc("Least severe log line written. `debug` adds a line for every request that succeeded."),
    ] = "info"
    redis_url: Annotated[
        str,
        _matching(_REDIS_URL, "be like redis://host:6379/0, rediss://user:password@host:6379 or unix:///path"),
        _doc("Redis or Valkey server, 7.0 or later. When it is unset, `make run` starts an embedded one."),
    ] = "redis://127.0.0.1:6379/0"
    key_prefix: Annotated[
        str,
        _matching(r"^[A-Za-z0-9_-]{1,32}$", "be 1 to 32 letters, digits, _ or -"),
        _doc("First part of every key in Redis; short, for every key pays for it."),
    ] = "sl"
    partitions: Annotated[
        int,
        Meta(ge=1, le=1024),
        _doc("Number of partitions that visitors are hashed into. Fixed once there is data."),
    ] = 64
    var_dir: Annotated[
        str, Meta(min_length=1), _doc("Folder for the embedded store's files and other local state.")
    ] = "var"
    store_fsync: Annotated[
        Literal["always", "everysec", "no"],
        _doc("`appendfsync` of the embedded store: what an acknowledged event survives. See docs/operations.md."),
    ] = "always"
    read_timeout_ms: Annotated[
        int, Meta(ge=1, le=60_000), _doc("Milliseconds `/recommend` waits for Redis before it degrades.")
    ] = 60
    write_timeout_ms: Annotated[
        int,
        Meta(ge=1, le=60_000),
        _doc("Milliseconds a write to Redis may take before it is answered with 503."),
    ] = 1000
    long_half_life_seconds: Annotated[
        float, Meta(gt=0), _doc("Half-life of long-term interests. Fixed once there is data.")
    ] = 14 * 86400.0
    session_half_life_seconds: Annotated[
        float, Meta(gt=0), _doc("Half-life of session interests. Fixed once there is data.")
    ] = 1800.0
    profile_ttl_seconds: Annotated[
        int, Meta(ge=1), _doc("A profile is forgotten this long after its visitor's last event.")
    ] = 180 * 86400
    session_ttl_seconds: Annotated[
        int,
        Meta(ge=1),
        _doc("Session interests are forgotten this long after the last event (8 half-lives)."),
    ] = 4 * 3600
    dedupe_seconds: Annotated[
        int, Meta(ge=60), _doc("An event id is recognised as a duplicate for at least this long.")
    ] = 86400
    recent_limit: Annotated[int, Meta(ge=1, le=1000), _doc("Newest interactions kept in a profile.")] = 20
    marks_limit: Annotated[
        int,
        Meta(ge=1, le=10_000),
        _doc("Newest marks kept in a profile: cart, wishlist, hidden, likes, ratings, purchases and traits together."),
    ] = 200
    interests_limit: Annotated[
        int,
        Meta(ge=1, le=100_000),
        _doc("Most interests kept in a profile: categories, brands, price bands and purchases by product together."),
    ] = 1000
    log_max_events: Annotated[
        int, Meta(ge=1), _doc("Events kept in the event log, all partitions together (approximate).")
    ] = 200_000
    log_max_age_seconds: Annotated[int, Meta(ge=1), _doc("Age up to which events stay in the log.")] = 7 * 86400
    interest_exponent: Annotated[
        float,
        Meta(ge=0, le=10),
        _doc("g in score = popularity x (share of interest)^g; 0 ranks by popularity alone."),
    ] = 1.0
    popularity_half_life_seconds: Annotated[
        float,
        Meta(gt=0),
        _doc("Half-life of the engagement that moves a product's popularity. Fixed once there is data."),
    ] = 7 * 86400.0
    trend_half_life_seconds: Annotated[
        float, Meta(gt=0), _doc("Half-life of what is trending, against that of popularity. Fixed once there is data.")
    ] = 6 * 3600.0
    popularity_gain: Annotated[
        float, Meta(ge=0), _doc("Most that engagement can add to a product's given popularity.")
    ] = 1.0
    popularity_midpoint: Annotated[
        float, Meta(gt=0), _doc("Decayed engagement at which a product gets half of `popularity_gain`.")
    ] = 50.0
    model_sessions: Annotated[
        int,
        Meta(ge=1024, le=2**30),
        _doc(
            "Visitors' newest sessions that the model remembers, rounded up to a power of two; 270 bytes each. "
            "Fixed once there is a model."
        ),
    ] = 2**18
    snapshot_seconds: Annotated[
        float,
        Meta(gt=0),
        _doc("Time between two snapshots of the model; what came since is learnt from the log again."),
    ] = 300.0
    max_body_bytes: Annotated[int, Meta(ge=1024), _doc("Largest request body, also after decompression.")] = 1_000_000
    max_batch_events: Annotated[int, Meta(ge=1, le=10_000), _doc("Most events in one request.")] = 1000
    max_event_bytes: Annotated[int, Meta(ge=256), _doc("Largest single event, as JSON.")] = 32_768
    event_weights: Annotated[
        str,
        _matching(rf"^{_WEIGHT}(,{_WEIGHT})*$", "be type=number, with commas between several"),
        _doc("Weights that replace the taxonomy's, or add custom event types: `view=1,quiz_completed=0.5`."),
    ] = ""
    unknown_event_policy: Annotated[
        Literal["accept", "reject"],
        _doc("What happens to event types that are not in the taxonomy: kept with weight 0, or an error."),
    ] = "accept"
    placeholder_user_ids: Annotated[
        str,
        _doc("Comma-separated user ids that are refused, because broken front ends send them for everybody."),
    ] = (
        "00000000-0000-0000-0000-000000000000,anon,anonymous,nil,none,null,n/a,na,undefined,unknown,"
        "<nil>,0,-1,true,false,[],{},[object object],nan"
    )
    cookie_name: Annotated[
        str,
        _matching(r"^[A-Za-z0-9_-]{1,64}$", "be 1 to 64 letters, digits, _ or -"),
        _doc("Cookie that holds the id of an anonymous visitor."),
    ] = "shelflife_id"
    cookie_max_age_seconds: Annotated[
        int, Meta(ge=0, le=34_560_000), _doc("Life of that cookie; browsers cap it at 400 days.")
    ] = 34_560_000
    stream_listeners: Annotated[
        int, Meta(ge=1, le=1_000_000), _doc("Most listeners of `/v1/stream` at a time on this host.")
    ] = 5000
    stream_web_url: Annotated[
        str,
        _matching(r"^(http://[^/?#@]+)?$", "be like http://host:port"),
        _doc("Web server that the stream process asks; when it is unset, the one at `HOST` and `PORT`."),
    ] = ""
    prometheus_multiproc_dir: Annotated[
        str, _doc("Folder in which web workers share their metrics; set by gunicorn.conf.py when it is not given.")
    ] = ""
    cors_origins: Annotated[
        str,
        _doc("Comma-separated origins of shops whose pages may call this service; empty for none but its own."),
    ] = ""
    admin: Annotated[
        Literal["auto", "on", "off"],
        _doc("Whether the operator's page is served at `/admin`. `auto`: only where `HOST` is a loopback address."),
    ] = "auto"

    @property
    def serves_admin(self) -> bool:
        """Whether the operator's page and what it alone reads are served."""
        return self.admin == "on" or (self.admin == "auto" and _is_loopback(self.host))

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Build the settings from an environment.

        `NAME_FILE` may stand in for `NAME`: the value is then the content of that file (container secrets).

        Raises:
            SettingsError: a value is not valid, or a `_FILE` cannot be read; names the variable.
        """
        values = {}
        for field in cls.__struct_fields__:
            value = _lookup(environ, env_name(field))
            if value is not None:
                values[field] = _parse(field, value)
        return cls(**values)  # type: ignore[arg-type]  # each was converted to its own field's type


def env_name(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    return field.upper() if field in UNPREFIXED else PREFIX + field.upper()


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like ours and are not: most likely a spelling mistake."""
    known = {env_name(field) for field in Settings.__struct_fields__}
    return sorted(n for n in environ if n.startswith(PREFIX) and n.removesuffix("_FILE") not in known)


def describe(field: str) -> str:
    """The documented meaning of a field of `Settings`."""
    hint = get_type_hints(Settings, include_extras=True)[field]
    return next(m.description for m in get_args(hint) if isinstance(m, Meta) and m.description)


def _is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; of names, only `localhost` is known to be such."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _lookup(environ: Mapping[str, str], name: str) -> str | None:
    path = environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE: cannot read {path}: {error.strerror}") from None
    value = environ.get(name)
    return None if value is None or value == "" else value


def _parse(field: str, value: str) -> object:
    hint = get_type_hints(Settings, include_extras=True)[field]
    try:
        parsed = msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError:
        parsed = math.nan
    if isinstance(parsed, float) and not math.isfinite(parsed):
        raise SettingsError(f"{env_name(field)}={value!r}: must {_allowed(hint)}. {describe(field)}")
    return parsed


def _allowed(hint: Any) -> str:
    """What a value of an annotated type must be, in words."""
    kind, *metas = get_args(hint)
    if get_origin(kind) is Literal:
        *others, last = get_args(kind)
        return f"be {', '.join(others)} or {last}"
    words = [meta.extra["must"] for meta in metas if meta.extra]
    if kind is str:
        return words[0] if words else "not be empty"
    named = [(name, getattr(meta, name)) for meta in metas for name in ("ge", "le", "gt")]
    bounds = {name: bound for name, bound in named if bound is not None}
    number = "be a whole number" if kind is int else "be a number"
    if "le" in bounds:
        return f"{number} from {bounds['ge']:,} to {bounds['le']:,}"
    return f"{number} over {bounds['gt']:,}" if "gt" in bounds else f"{number} of at least {bounds['ge']:,}"
