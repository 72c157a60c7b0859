"""A profile in plain numbers."""

import pytest

from profiles.decay import log_weight, to_ms
from profiles.delta import HalfLives, price_band
from profiles.profile import Profile
from profiles.view import Met, build_view, render_band
from tests.examples import NOW, TAXONOMY

HALF_LIVES = HalfLives(14 * 86400.0, 1800.0)


def strength(weight: float, half_life: float, age: float = 0.0) -> float:
    return log_weight(weight, NOW - age, half_life)


def test_interests_fade_with_their_half_lives_and_the_strongest_comes_first() -> None:
    profile = Profile(
        interests={
            "cOld": strength(8.0, HALF_LIVES.long, HALF_LIVES.long * 2),
            "cNew": strength(5.0, HALF_LIVES.long),
            "CNew": strength(1.0, HALF_LIVES.long),
            "CBad": strength(4.0, HALF_LIVES.long),
            "bAcme": strength(1.0, HALF_LIVES.long),
            "p4": strength(2.0, HALF_LIVES.long),
        },
        session={"cNew": strength(5.0, HALF_LIVES.session, 1800.0), "CBad": strength(4.0, HALF_LIVES.session)},
        last_seen=to_ms(NOW),
    )
    interests = build_view(profile, NOW, HALF_LIVES, TAXONOMY).interests
    assert [i.name for i in interests["category"]] == ["New", "Old", "Bad"]
    new, old, bad = interests["category"]
    assert (new.long_term, new.session, new.long_term_negative) == pytest.approx((5.0, 2.5, 1.0))
    assert (old.long_term, old.session) == pytest.approx((2.0, 0.0))
    assert (bad.long_term, bad.long_term_negative, bad.session_negative) == pytest.approx((0.0, 4.0, 4.0))
    ((brand,), (band,)) = (interests["brand"], interests["price_band"])
    assert [brand.name, band.name] == ["Acme", "16-32"]
    assert [brand.long_term, band.long_term] == pytest.approx([1.0, 2.0])


def test_purchases_are_shown_by_product_apart_from_the_interests() -> None:
    long = HALF_LIVES.bought
    sums = {
        "oA": strength(1.0, long, long),
        "oB": strength(3.0, long),
        "OB": strength(1.0, long),
        "OC": strength(1.0, long),
    }
    view = build_view(Profile(interests={**sums, "cB": 0.0}, last_seen=to_ms(NOW)), NOW, HALF_LIVES, TAXONOMY)
    assert [(b.product_id, round(b.purchases, 9), round(b.refunds, 9)) for b in view.bought] == [
        ("B", 3.0, 1.0), ("A", 0.5, 0.0), ("C", 0.0, 1.0),
    ]  # fmt: skip
    assert [interest.name for found in view.interests.values() for interest in found] == ["B"]


@pytest.mark.parametrize(
    ("price", "shown"),
    [(199.0, "128-256"), (128.0, "128-256"), (1.0, "1-2"), (0.99, "0.5-1"), (0.01, "0.0078125-0.015625"),
     (999_999_999.0, "536870912-1073741824")],
)  # fmt: skip
def test_price_bands_are_shown_as_their_bounds(price: float, shown: str) -> None:
    assert render_band(price_band(price)) == shown


def test_price_bands_have_names_of_their_own() -> None:
    assert len({render_band(str(band)) for band in range(-1074, 1024)}) == 2098


def seconds(number: float) -> int:
    return to_ms(NOW + number)


def test_marks_that_were_taken_back_are_not_shown_but_a_rating_of_zero_is() -> None:
    marks: dict[str, tuple[int, float | str]] = {
        "kIn": (2, 1.0), "kOut": (3, 0.0), "wWish": (1, 1.0), "hHidden": (1, 1.0), "hShown": (1, 0.0),
        "oBought": (1, 2.0), "oReturned": (2, 0.0), "rMeh": (1, 0.0), "rGood": (5, 0.5),
        "lLiked": (1, 1.0), "lNot": (2, -1.0), "tplan": (1, '"gold"'), "tvip": (1, "true"),
    }  # fmt: skip
    profile = Profile(marks={key: (seconds(at), value) for key, (at, value) in marks.items()}, last_seen=seconds(9))
    view = build_view(profile, NOW, HALF_LIVES, TAXONOMY)
    assert view.cart == [Met("In", NOW + 2)]
    assert (view.wishlist, view.hidden) == ([Met("Wish", NOW + 1)], [Met("Hidden", NOW + 1)])
    assert view.purchases == [Met("Bought", NOW + 1, value=2.0)]
    assert view.ratings == [Met("Good", NOW + 5, value=0.5), Met("Meh", NOW + 1, value=0.0)]
    assert view.likes == [Met("Not", NOW + 2, value=-1.0), Met("Liked", NOW + 1, value=1.0)]
    assert view.traits == {"plan": "gold", "vip": True}


def test_history_and_counts_are_named() -> None:
    row, other = TAXONOMY.code_of("view"), TAXONOMY.code_of("quiz")
    profile = Profile(
        counts={row: 3, other: 1},
        recent=[(seconds(2), row, "p"), (seconds(1.5), other, "q")],
        first_seen=seconds(1),
        last_seen=seconds(2),
    )
    view = build_view(profile, NOW, HALF_LIVES, TAXONOMY)
    assert view.recent == [Met("p", NOW + 2, type="view"), Met("q", NOW + 1.5, type="quiz")]
    assert list(view.counts.items()) == [("quiz", 1), ("view", 3)]
    assert (view.first_seen, view.last_seen, view.as_of) == (NOW + 1, NOW + 2, NOW)
