"""Ids of answers that tell where each product came from."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.recommendation_id import NUMBERS, PLACES, decode_id, encode_id, hash_product

NUMBER = st.integers(0, NUMBERS - 1)
CHANCE = st.integers(0, 2**64 - 1)
SLATE = st.lists(st.tuples(NUMBER, st.text()), max_size=2 * PLACES)


@given(st.floats(0, 1e10), CHANCE, NUMBER, SLATE)
def test_what_is_encoded_is_decoded(now: float, chance: int, placement: int, slate: list[tuple[int, str]]) -> None:
    text = encode_id(now, chance, placement, slate)
    assert re.fullmatch(r"rec_[A-Za-z0-9_-]+", text) and len(text) <= 92
    shown = decode_id(text)
    assert shown is not None
    assert (shown.chance, shown.placement, len(shown.told)) == (chance, placement, 3 * len(slate[:PLACES]))
    assert [shown.source_of(place) for place in range(len(shown.told) // 3)] == [source for source, _ in slate[:PLACES]]


@given(CHANCE, SLATE)
def test_a_product_that_was_shown_is_found(chance: int, slate: list[tuple[int, str]]) -> None:
    shown = decode_id(encode_id(0.0, chance, 0, slate))
    assert shown is not None
    hashes = [hash_product(product) for _, product in slate[:PLACES]]
    for _, product in slate[:PLACES]:
        assert shown.find(product) == hashes.index(hash_product(product))


@given(st.text(max_size=128))
def test_other_texts_tell_nothing(text: str) -> None:
    assert decode_id(text) is None


def test_a_product_that_was_not_shown_is_not_found() -> None:
    shown = decode_id(encode_id(1.8e9, 7, 1, [(1, "a"), (2, "b")]))
    assert shown is not None
    assert [shown.find(product) for product in ("a", "b", "c")] == [0, 1, None]
    assert [shown.source_of(place) for place in (0, 1)] == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rec_1a1fe8cf336cc30aaba7f64c8a5",  # as before, without places
        "rec_1a1fe8cf336cc30aaba7f64c8a5AAA",
        "rec_1a1fe8cf336cc30aaba7f64c8a5" + "A" * (1 + 3 * (PLACES + 1)),
        "rec_1A1FE8CF336CC30AABA7F64C8A5A",
        "rec_1a1fe8cf336cc30aaba7f64c8a5A\n",
        "rec_1a1fe8cf336cc30aaba7f64c8a5é",
        "43b15df2e9f1473d8b1d4a1f8c1f9c1e",
    ],
)
def test_ids_of_before_and_of_others_tell_nothing(text: str) -> None:
    assert decode_id(text) is None


def test_the_hash_of_a_product_does_not_change() -> None:
    """Ids live longer than the process that made them."""
    assert [hash_product(product) for product in ("", "a", "b")] == [0, 0xE43, 0xFF9]
    assert encode_id(1.8e9, 2**64 - 1, 3, [(1, "a")]) == "rec_1a3185c5000ffffffffffffffffDB5D"
