"""A profile in plain numbers: what the service thinks of a visitor, as of a given time."""

import msgspec

from events.taxonomy import Taxonomy
from profiles.decay import to_seconds, value_at
from profiles.delta import HalfLives
from profiles.profile import BOUGHT, DIMENSIONS, Profile


class Interest(msgspec.Struct):
    """Decayed evidence for one category, brand or price band (`128-256`); `session` has a half-life of its own."""

    name: str
    long_term: float
    session: float
    long_term_negative: float = 0.0
    session_negative: float = 0.0


class Bought(msgspec.Struct):
    """How often a product was bought and returned: decayed numbers of purchases and of refunds."""

    product_id: str
    purchases: float
    refunds: float = 0.0


class Met(msgspec.Struct, omit_defaults=True):
    """A product and what the visitor did with it; `value` is a rating, a quantity, 1 (like) or -1 (dislike)."""

    product_id: str
    timestamp: float
    type: str = ""
    value: float | None = None


class ProfileView(msgspec.Struct, kw_only=True):
    """What the service knows of a visitor. Times are Unix seconds, UTC."""

    as_of: float
    first_seen: float | None
    last_seen: float | None
    interests: dict[str, list[Interest]]
    bought: list[Bought]
    recent: list[Met]
    cart: list[Met]
    wishlist: list[Met]
    hidden: list[Met]
    purchases: list[Met]
    ratings: list[Met]
    likes: list[Met]
    counts: dict[str, int]
    traits: dict[str, object]


def build_view(profile: Profile, now: float, half_lives: HalfLives, taxonomy: Taxonomy) -> ProfileView:
    """Everything in `profile`, decayed to `now` (Unix seconds). Interests are sorted, strongest first."""
    return ProfileView(
        as_of=now,
        first_seen=None if profile.first_seen is None else to_seconds(profile.first_seen),
        last_seen=None if profile.last_seen is None else to_seconds(profile.last_seen),
        interests={dimension: _interests(profile, dimension, now, half_lives) for dimension in DIMENSIONS},
        bought=_bought(profile, now, half_lives.bought),
        recent=[Met(product, to_seconds(time), type=taxonomy.name_of(kind)) for time, kind, product in profile.recent],
        cart=_marked(profile, "cart"),
        wishlist=_marked(profile, "wishlist"),
        hidden=_marked(profile, "hidden"),
        purchases=_marked(profile, "purchase", with_value=True),
        ratings=_marked(profile, "rating", with_value=True, keep_zero=True),
        likes=_marked(profile, "like", with_value=True),
        counts=dict(sorted((taxonomy.name_of(code), count) for code, count in profile.counts.items())),
        traits={name: msgspec.json.decode(str(value)) for name, (_, value) in profile.marked("trait").items()},
    )


def _interests(profile: Profile, dimension: str, now: float, half_lives: HalfLives) -> list[Interest]:
    positive = DIMENSIONS[dimension]
    negative = positive.upper()
    keys = [*profile.interests, *profile.session]
    names = dict.fromkeys(key[1:] for key in keys if key[0] in (positive, negative))

    def read(prefix: str, name: str) -> tuple[float, float]:
        long, session = profile.interests.get(prefix + name), profile.session.get(prefix + name)
        return (
            0.0 if long is None else value_at(long, now, half_lives.long),
            0.0 if session is None else value_at(session, now, half_lives.session),
        )

    shown = render_band if dimension == "price_band" else str
    found = [Interest(shown(name), *read(positive, name), *read(negative, name)) for name in names]
    return sorted(found, key=lambda i: (i.long_term_negative - i.long_term, i.name))


def _bought(profile: Profile, now: float, half_life: float) -> list[Bought]:
    """Products by falling purchases less refunds."""
    sums = profile.interests
    products = dict.fromkeys(key[1:] for key in sums if key[0] in (BOUGHT, BOUGHT.upper()))

    def read(key: str) -> float:
        return value_at(sums[key], now, half_life) if key in sums else 0.0

    found = [Bought(name, read(BOUGHT + name), read(BOUGHT.upper() + name)) for name in products]
    return sorted(found, key=lambda b: (b.refunds - b.purchases, b.product_id))


def render_band(band: str) -> str:
    """Band n of `delta.price_band` as its bounds: `128-256` are prices from 128 up to 256, `0.5-1` from 0.5 up to 1."""
    return "-".join(str(2**power) if power >= 0 else f"{2.0**power:g}" for power in (int(band), int(band) + 1))


def _marked(profile: Profile, kind: str, *, with_value: bool = False, keep_zero: bool = False) -> list[Met]:
    marks = sorted(profile.marked(kind).items(), key=lambda item: -item[1][0])
    return [
        Met(product, to_seconds(time), value=float(value) if with_value else None)
        for product, (time, value) in marks
        if value or keep_zero
    ]
