"""What the catalog chapter brings to the house, subject by subject."""

from catalog.invariants import INVARIANTS
from catalog.procedure import (
    codes,
    listings,
    presales,
    prices,
    products,
    replenishment,
    selection,
    stock,
    words,
)
from opsdesk import invariants

SUBJECTS = (products, codes, listings, words, prices, stock, replenishment, presales, selection)


def register() -> None:
    invariants.register(*INVARIANTS)
    for subject in SUBJECTS:
        subject.register()
