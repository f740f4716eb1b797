"""What of a later copy can't be, or no longer counts here (ORD-1, ORD-5)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from opsdesk.stores.models import Channel
from orders.contacts import LABELS
from orders.models import Order
from orders.services import channel_word, dated
from orders.services.channel_word import Known
from orders.services.drafts import OrderDraft

Fulfilment = Order.Fulfilment
STILL_HERE = (Fulfilment.WAITING, Fulfilment.RESERVED, Fulfilment.NOT_TRACKED)


def overruled(order: Order, draft: OrderDraft, known: Known) -> str:
    """What of the contact the channel changed after somebody had changed it here: ours stays."""
    if order.fulfilment_state not in STILL_HERE or order.contact_cleared_at is not None:
        return ""
    moved = channel_word.moved_contact(order, draft, known) if known.contact else []
    if not moved:
        return ""
    names = {"region": _("region"), **LABELS}
    return _("The channel changed %(parts)s after it was changed here; ours was kept.") % {
        "parts": ", ".join(str(names[name]) for name in moved)
    }


def why_not(order: Order, draft: OrderDraft, known: Known, channel: Channel) -> str:
    """Why the copy can't be the same order, in words for the person who sent it; else empty."""
    if order.split_from_id is not None:
        return _("The number is that of a part which was split from an order here.")
    if order.channel_id != channel.pk:
        return _("The number is already taken by an order of channel %(channel)s.") % {
            "channel": order.channel
        }
    if order.placed_at != draft.placed_at:
        return _("Placed at %(ours)s here, at %(theirs)s in the file.") % {
            "ours": order.placed_at.isoformat(),
            "theirs": draft.placed_at.isoformat(),
        }
    # A copy of amounts only says nothing of the articles an order has.
    tells_articles = not draft.is_amount_only or order.is_amount_only
    differs = tells_articles and dated.pieces_of(dated.articles_of(draft)) != known.lines
    if differs and known.is_edited:
        return _("The channel changed its articles after they were changed here.")
    may_differ = draft.stated_at is not None and order.fulfilment_state not in dated.GONE
    if differs and (order.is_amount_only or not may_differ):
        return _("Its articles or quantities differ from the order recorded here.")
    if draft.stated_at is None and _is_other_total(order, draft, known):
        return _("Total %(ours)s here, %(theirs)s in the file, and it is already paid.") % {
            "ours": known.total_amount,
            "theirs": draft.total_amount,
        }
    return ""


def _is_other_total(order: Order, draft: OrderDraft, known: Known) -> bool:
    return known.total_amount != draft.total_amount and order.paid_at is not None
