"""What the catalog chapter brings to the house, subject by subject."""

from catalog.invariants import INVARIANTS
from catalog.procedure import (
    bundles,
    codes,
    listings,
    prices,
    products,
    replenishment,
    sampling,
    stock,
    words,
)
from opsdesk import invariants

SUBJECTS = (products, codes, listings, words, prices, stock, replenishment, sampling, bundles)


def register() -> None:
    invariants.register(*INVARIANTS)
    for subject in SUBJECTS:
        subject.register()
