"""Tags that rules put on what they act on."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from opsdesk.automation.actions import Action, Batch, Did, Parameter, Refused, Values
from opsdesk.automation.models import Tag
from opsdesk.automation.services import tags


def put_tags(batch: Batch, values: Values) -> Mapping[int, Did | Refused]:
    """Each subject has the tag. One that had it already is left alone."""
    put = tags.put(
        batch.subject,
        {each.subject_id: each.pk for each in batch.fired},
        name=str(values["tag"]),
        store=batch.store,
        at=batch.at,
    )
    by_firing = {firing_id: tag_id for tag_id, firing_id in put.items()}
    return {each.pk: Did(Tag, by_firing[each.pk]) for each in batch.fired if each.pk in by_firing}


def remove_tags(batch: Batch, values: Values) -> Mapping[int, Did | Refused]:
    """None of the subjects has the tag. One that had it not is left alone."""
    gone = tags.take_away(
        batch.subject,
        [each.subject_id for each in batch.fired],
        name=str(values["tag"]),
        store=batch.store,
    )
    return {each.pk: Did() for each in batch.fired if each.subject_id in gone}


_NAME = Parameter("tag", _("Tag"), longest=tags.LONGEST, clean=tags.clean)
TAG = Action("tag", _("tag it"), tags.ADD, put_tags, parameters=(_NAME,), needs_tags=True)
UNTAG = Action(
    "untag", _("take a tag away"), tags.DELETE, remove_tags, parameters=(_NAME,), needs_tags=True
)
