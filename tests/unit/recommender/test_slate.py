"""Which products may be shown."""

import pytest

from recommender.product import Product
from recommender.slate import Admission, leaf_of, propose_nothing
from tests.models import catalogue_of

PRODUCTS = (
    Product(product_id="kettle", categories=("Home > Kitchen", "Gifts")),
    Product(product_id="sofa", categories=("Homeware",)),
    Product(product_id="gone", categories=("Home",), available=False),
    Product(product_id="loose"),
)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("", {"kettle", "sofa", "loose"}),
        ("Home", {"kettle"}),
        ("Home > Kitchen", {"kettle"}),
        ("Gifts", {"kettle"}),
        ("Kitchen", set()),
        ("Homeware", {"sofa"}),
    ],
)
def test_available_products_in_or_below_the_category(category: str, expected: set[str]) -> None:
    catalogue = catalogue_of(*PRODUCTS)
    admission = Admission(catalogue, set(), category)
    found = [admission.find(product) for product in ("kettle", "sofa", "gone", "loose", "unknown")]
    assert {facts.product_id for facts in found if facts is not None} == expected
    every = ["", "kettle", "sofa", "gone", "unknown", "loose"]
    for limit in (1, 9):
        products, places = admission.first(every, limit)
        right = [(product, place) for place, product in enumerate(every) if product in expected][:limit]
        assert [(facts.product_id, place) for facts, place in zip(products, places, strict=True)] == right


def test_what_is_excluded_is_not_found_and_can_become_more() -> None:
    catalogue = catalogue_of(*PRODUCTS)
    admission = Admission(catalogue, set(), "")
    kettle = admission.find("kettle")
    assert kettle is not None
    admission.excluded.add(kettle.index)
    assert admission.find("kettle") is None
    assert admission.find("sofa") is not None
    assert admission.first(["kettle", "sofa"], 2)[1] == [1]


def test_a_deleted_product_is_not_shown() -> None:
    catalogue = catalogue_of(*PRODUCTS)
    catalogue.apply((), ["sofa"], 0.0)
    assert Admission(catalogue, set(), "").find("sofa") is None


def test_the_leaf_of_a_path() -> None:
    assert [leaf_of(path) for path in ("Home > Kitchen > Pans", "Home", "")] == ["Pans", "Home", ""]


def test_who_abstains_proposes_nothing() -> None:
    proposal = propose_nothing()
    assert (proposal.products, proposal.scores) == ([], [])
    with pytest.raises(IndexError):
        proposal.pick(0)
