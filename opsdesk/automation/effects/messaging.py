"""What rules tell people, by their own ways or in a chat; and what they tell programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.automation import texts
from opsdesk.automation.actions import (
    Action,
    Batch,
    Did,
    Parameter,
    ParameterKind,
    Refused,
    Values,
)
from opsdesk.automation.effects.alerting import people_of
from opsdesk.exchange.adapters import mail, registry
from opsdesk.exchange.models import OutboundMessage, Target
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import render_text
from opsdesk.notices.models import Subscription
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.automation.fields import Choices
    from opsdesk.stores.models import Store

# A message is for a glance.
MOST_LINES = 20
KIND_OF_WEBHOOK = "automation.fired"


def _receivers(store: Store) -> Choices:
    """Roles, people, and the chats that messages of the store can go to."""
    roles = [(f"role:{role.value}", role.label) for role in Role]
    people = [(f"person:{pk}", name) for pk, name in people_of(store)]
    chats = [
        (f"target:{target.pk}", str(target))
        for target in _targets(store)
        if _is_chat(target.adapter)
    ]
    return [*roles, *people, *chats]


def _targets(store: Store) -> Iterable[Target]:
    return Target.objects.filter(store=store).order_by("code")


def _is_chat(adapter: str) -> bool:
    known = {each.code: each for each in registry.all_adapters()}.get(adapter)
    return bool(known and known.takes_messages and known.tells_people and not known.to_recipient)


def _programs(store: Store) -> Choices:
    """Targets that take data rather than words."""
    known = {each.code: each for each in registry.all_adapters()}
    return [
        (str(target.pk), str(target))
        for target in _targets(store)
        if (adapter := known.get(target.adapter))
        and adapter.takes_messages
        and not adapter.tells_people
        and not adapter.to_recipient
    ]


def tell_people(batch: Batch, values: Values) -> Mapping[int, Did | Refused]:
    """The receivers have one message of the batch on its way, a line for each subject.

    People get it the ways they subscribed to in the store, or by mail.
    """
    drafts = _drafts(batch, values)
    if not drafts:
        words = _("Nobody it is for can be reached: no address, and no way subscribed to.")
        return {each.pk: Refused(words) for each in batch.fired}
    outbox.enqueue_messages(drafts, at=batch.at)
    first = OutboundMessage.objects.get(target=drafts[0].target, key=drafts[0].key)
    return {each.pk: Did(OutboundMessage, first.pk) for each in batch.fired}


def _drafts(batch: Batch, values: Values) -> list[Draft]:
    kind, _sep, who = str(values["to"]).partition(":")
    cause = f"automation:{batch.fired[0].pk}:{batch.position}"
    if kind == "target":
        target = Target.objects.filter(store=batch.store, pk=int(who)).first()
        words = _payload(batch, values, batch.store.language)
        return [Draft(target, kind=texts.MESSAGE.code, key=cause, payload=words)] if target else []
    people = User.objects.filter(memberships__store=batch.store, is_active=True).distinct()
    people = (
        people.filter(memberships__store=batch.store, memberships__role=who)
        if kind == "role"
        else people.filter(pk=int(who))
    )
    return [
        Draft(
            target,
            kind=texts.MESSAGE.code,
            key=f"{cause}:{person.pk}",
            payload=_payload(batch, values, person.language or settings.LANGUAGE_CODE),
            recipient=person.email if target.adapter == mail.MAIL.code else "",
        )
        for person, target in _ways(batch.store, list(people.order_by("pk")))
    ]


def _ways(store: Store, people: list[User]) -> list[tuple[User, Target]]:
    """Each person's own ways in the store; of those who have none, the store's mail."""
    own = Subscription.objects.filter(
        store=store, person__in=people, target__isnull=False, target__is_active=True
    ).select_related("target")
    by_person: dict[int, dict[int, Target]] = {}
    for each in own:
        assert each.target is not None
        by_person.setdefault(each.person_id, {})[each.target_id or 0] = each.target
    post = Target.objects.filter(store=store, adapter=mail.MAIL.code, is_active=True).first()
    found = []
    for person in people:
        ways = list(by_person.get(person.pk, {}).values()) or ([post] if post else [])
        found += [
            (person, target) for target in ways if target.adapter != mail.MAIL.code or person.email
        ]
    return found


def _payload(batch: Batch, values: Values, language: str) -> dict[str, Any]:
    told = texts.told_for(str(values["text"]), batch)
    with translation.override(language):
        lines = [
            texts.filled(
                str(values["text"]),
                subject=batch.subject,
                label=each.label,
                store=batch.store,
                rule=batch.rule_name,
                told=told.get(each.subject_id, {}),
            )
            for each in batch.fired[:MOST_LINES]
        ]
        lines = list(dict.fromkeys(lines))
        more = len(batch.fired) - MOST_LINES
        if more > 0:
            lines.append(_("and %(count)s more") % {"count": more})
    said = {"store": str(batch.store), "rule": batch.rule_name, "text": "\n".join(lines)}
    words = render_text(texts.MESSAGE.code, store=batch.store, language=language, values=said)
    return {"subject": words.subject, "text": words.body}


def tell_program(batch: Batch, values: Values) -> Mapping[int, Did | Refused]:
    """A message of data for each firing is on its way to the target (docs/automation.md)."""
    target = Target.objects.filter(store=batch.store, pk=int(str(values["target"]))).first()
    if target is None:
        return {each.pk: Refused(_("The target is not there any more.")) for each in batch.fired}
    told = batch.subject.told([each.subject_id for each in batch.fired], batch.at)
    keys = {each.pk: f"automation:{each.pk}:{batch.position}" for each in batch.fired}
    drafts = [
        Draft(
            target,
            kind=KIND_OF_WEBHOOK,
            key=keys[each.pk],
            payload={
                "event": KIND_OF_WEBHOOK,
                "id": each.pk,
                "at": batch.at.isoformat(),
                "store": batch.store.code,
                "rule": {
                    "id": batch.rule_id,
                    "name": batch.rule_name,
                    "version": batch.version,
                },
                "subject": {
                    "type": batch.subject.code,
                    "id": each.subject_id,
                    "label": each.label,
                    "fields": _plain(told.get(each.subject_id, {})),
                },
            },
        )
        for each in batch.fired
    ]
    outbox.enqueue_messages(drafts, at=batch.at)
    sent = OutboundMessage.objects.filter(target=target, key__in=list(keys.values()))
    ids = dict(sent.values_list("key", "pk"))
    return {pk: Did(OutboundMessage, ids[key]) for pk, key in keys.items()}


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON knows it: moments in ISO 8601, amounts as text."""
    return {
        code: value if value is None or isinstance(value, bool | int | str) else _said(value)
        for code, value in told.items()
    }


def _said(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


MESSAGE = Action(
    "message",
    gettext_lazy("write to"),
    "automation.message_people",
    tell_people,
    parameters=(
        Parameter("to", gettext_lazy("To"), ParameterKind.CHOICE, choices=_receivers),
        Parameter(
            "text",
            gettext_lazy("What to say"),
            ParameterKind.WORDS,
            longest=500,
            help_text=gettext_lazy("Variables such as {subject} are filled in."),
        ),
    ),
)
WEBHOOK = Action(
    "webhook",
    gettext_lazy("send it to a program"),
    "exchange.change_target",
    tell_program,
    parameters=(
        Parameter("target", gettext_lazy("Target"), ParameterKind.CHOICE, choices=_programs),
    ),
)
