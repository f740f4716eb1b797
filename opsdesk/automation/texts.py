"""Words with variables, as operators write them: `{amount}` is filled in, nothing else means
anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from opsdesk.automation.actions import Batch
from opsdesk.automation.subjects import Subject
from opsdesk.exchange.texts import TextKind, Variable, Wording
from opsdesk.stores.models import Store
from opsdesk.wording import moment

# Every subject has these.
COMMON = {"subject": _("what it is about"), "store": _("store"), "rule": _("the rule's name")}

MESSAGE = TextKind(
    code="automation.message",
    title=_("An automation rule has something to say"),
    variables={
        "store": Variable(_("store"), "木语生活"),
        "rule": Variable(_("the rule's name"), "Large orders"),
        "text": Variable(_("what the rule says"), "T000000001 is over 5,000."),
    },
    defaults={
        "en": Wording("{store}: {rule}", "{text}"),
        "zh-hans": Wording("{store}：{rule}", "{text}"),
    },
)


def variables_of(subject: Subject) -> dict[str, str]:
    """Name → what it stands for, of all that may be filled in about a subject."""
    fields = {field.code: str(field.title) for field in subject.fields if field.has_a_value}
    return {**{name: str(title) for name, title in COMMON.items()}, **fields}


def unknown_variables(text: str, subject: Subject) -> list[str]:
    return sorted(Wording("", text).names - variables_of(subject).keys())


def told_for(text: str, batch: Batch) -> dict[int, dict[str, Any]]:
    """What the text names of the batch's subjects, by their ids. One statement."""
    ids = [each.subject_id for each in batch.fired]
    return batch.subject.told(ids, batch.at, only=Wording("", text).names)


def filled(
    text: str, *, subject: Subject, label: str, store: Store, rule: str, told: Mapping[str, Any]
) -> str:
    """The text about one subject. What was not known is a dash; mobile numbers are masked."""
    values = {code: _words(value, store) for code, value in told.items()}
    values |= {"subject": label, "store": str(store), "rule": rule}
    for field in subject.fields:
        if field.choices is not None and values.get(field.code):
            values[field.code] = dict(field.choices_in(store)).get(
                values[field.code], values[field.code]
            )
    return privacy.mask_mobiles(Wording("", text).filled(values).body)


def _words(value: Any, store: Store) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return moment(value, store.zone)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)
