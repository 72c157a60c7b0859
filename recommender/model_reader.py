"""The model as a web worker sees it: mapped and not copied, followed as the learner writes it."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recommender.baskets import Baskets
from recommender.hybrid import Tables
from recommender.model import SCHEMA, Model, view_model
from recommender.names import Names
from recommender.outcome_tables import OutcomeTables
from recommender.popularity_tables import CHANGES, changed_since
from recommender.table_files import TableReader, open_for_reading
from recommender.table_schema import Arrays, TableError

TABLES = "tables"


class ModelView(NamedTuple):
    """One generation of the tables, and the names of what they number."""

    tables: Tables
    baskets: Baskets
    products: Names
    categories: Names
    outcomes: OutcomeTables


class ModelReader:
    """`view` is the model of now, None while there is none. One thread calls `follow`, any number look at `view`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / TABLES
        self._reader: TableReader | None = None
        self._changes_seen = 0
        self.view: ModelView | None = None
        self.refused = ""

    def follow(self) -> bool:
        """Take over new names, and a new generation if there is one; returns whether there was.

        `refused` says why there is no newer one to be had, if so.
        """
        if self._reader is not None and self.view is not None and self._reader.is_current():
            self.view.products.sync()
            self.view.categories.sync()
            return False
        try:
            reader = open_for_reading(self._folder, SCHEMA)
        except TableError as error:
            self.refused = str(error)
            return False
        self.refused = ""
        model = view_model(reader.arrays)
        if not model.tables.popularity.half_lives.all():  # the learner has made the files, and nothing in them yet
            return False
        self._reader = reader
        self.view = _follow_names(self.view, model)
        self._changes_seen = -CHANGES  # what a new generation holds may be all new
        return True

    @property
    def arrays(self) -> Arrays:
        """Every table of the view by name, as it is mapped; none while there is no view."""
        return {} if self._reader is None else self._reader.arrays

    def take_engagement(self) -> dict[str, float]:
        """Engagement of products in which it changed since the last call, by id, as log sums."""
        if self.view is None:
            return {}
        popularity, names = self.view.tables.popularity, self.view.products
        numbers, self._changes_seen = changed_since(popularity, self._changes_seen)
        names.sync()  # a product that is new since `follow` would not be told of again
        known = numbers[numbers < len(names)]
        sums = popularity.engagement[known].tolist()
        return {names.text(number): total for number, total in zip(known.tolist(), sums, strict=True)}

    def engagement_of(self, product_ids: Iterable[str]) -> dict[str, float]:
        """Engagement of some products, by id, as log sums; of those that have any."""
        if self.view is None:
            return {}
        names, engagement = self.view.products, self.view.tables.popularity.engagement
        found = {product: float(engagement[n]) for product in product_ids if (n := names.find(product)) >= 0}
        return {product: total for product, total in found.items() if total > -np.inf}


def _follow_names(known: ModelView | None, model: Model) -> ModelView:
    """Go on with the names that are known, if the new tables begin with them; after a way back they may not."""
    if known is None:
        names = Names(model.products), Names(model.categories)
        return ModelView(model.tables, model.baskets, *names, model.outcomes)
    products, categories = known.products.follow(model.products), known.categories.follow(model.categories)
    return ModelView(model.tables, model.baskets, products, categories, model.outcomes)
