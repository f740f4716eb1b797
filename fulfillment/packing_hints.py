"""What whoever packs should know of a parcel: its box, what to add, what is still away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from fulfillment.services import boxing
from fulfillment.services.unpicked import wave_of_unpicked

if TYPE_CHECKING:
    from fulfillment.models import Parcel


def hints_of(parcel: Parcel, order_ids: Sequence[int], wanted: Mapping[int, int]) -> list[str]:
    """In words, the most urgent first (FUL-1, FUL-6). Six queries; for a parcel that is open.

    `wanted` are the pieces of each SKU (by id) that it holds or will hold.
    """
    away = wave_of_unpicked(order_ids, parcel.warehouse_id)
    waiting = []
    if away is not None:
        wave, pieces = away
        waiting.append(
            _("Still being picked with wave %(wave)s: %(pieces)s pieces.")
            % {"wave": wave, "pieces": pieces}
        )
    return [*waiting, *_of_boxes(boxing.propose(wanted, warehouse=parcel.warehouse))]


def _of_boxes(proposal: boxing.Proposal) -> Iterator[str]:
    if proposal.is_complete:
        yield _("Box: %(boxes)s") % {"boxes": " + ".join(_contents(proposal))}
    if proposal.is_too_many:
        yield _("Too many pieces to propose a box.")
    if proposal.too_large:
        yield _("No box is large enough: %(codes)s") % {"codes": ", ".join(proposal.too_large)}
    if proposal.unknown:
        yield _("No box proposed, size or weight is not on record: %(codes)s") % {
            "codes": ", ".join(proposal.unknown)
        }
    if proposal.materials:
        yield _("Add: %(materials)s") % {"materials": ", ".join(proposal.materials)}
    if proposal.marks:
        marks = ", ".join(str(mark.label) for mark in proposal.marks)
        yield _("Mark: %(marks)s") % {"marks": marks}


def _contents(proposal: boxing.Proposal) -> Iterator[str]:
    """One box by its code; of several, what goes into each."""
    for filled in proposal.boxes:
        if len(proposal.boxes) == 1:
            yield filled.carton.code
        else:
            inside = ", ".join(f"{code} × {pieces}" for code, pieces in proposal.contents(filled))
            yield f"{filled.carton.code} ({inside})"
