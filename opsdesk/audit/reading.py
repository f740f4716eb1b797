"""An entry in words: the names people know fields by, their values, and who did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from opsdesk.audit.models import AuditEntry
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role

HIDDEN = "***"
HISTORY = 50


@dataclass(frozen=True)
class Change:
    """One field: its name, and how it was and is. Empty: nothing was or is there."""

    name: str
    before: str
    after: str


def kind_name(entry: AuditEntry) -> str:
    kind = entry.kind
    return capfirst(str(kind._meta.verbose_name)) if kind else entry.model


def changes(entry: AuditEntry) -> list[Change]:
    """Field by field, in the order of the model."""
    before, after = entry.before or {}, entry.after or {}
    fields = _fields(entry)
    known = [name for name in fields if name in before or name in after]
    others = sorted((before.keys() | after.keys()) - set(known))
    return [
        Change(
            _field_name(fields.get(name), name),
            _value(fields.get(name), before.get(name)),
            _value(fields.get(name), after.get(name)),
        )
        for name in [*known, *others]
    ]


def summary(entry: AuditEntry) -> str:
    """One line: list price 100.00 → 90.00. What is hidden, new or gone is only named."""
    if entry.verb == AuditEntry.Verb.REFUSED:
        told = entry.after or {}
        times = f" × {told['times']}" if told.get("times", 1) > 1 else ""
        return f"{told.get('what', '')}{times}"
    parts = []
    for change in changes(entry):
        is_plain = entry.verb == AuditEntry.Verb.CHANGED and HIDDEN not in (
            change.before,
            change.after,
        )
        values = f" {change.before or '–'} → {change.after or '–'}" if is_plain else ""
        parts.append(f"{change.name}{values}")
    return ", ".join(parts)


def who(entry: AuditEntry) -> str:
    """The person; without one the database's user for SQL, else what ran."""
    if entry.actor:
        return str(entry.actor)
    return entry.database_user if entry.via == AuditEntry.Via.SQL else entry.cause


def role_names(entry: AuditEntry) -> str:
    return ", ".join(str(Role(role).label) for role in entry.roles if role in Role.values)


@dataclass(frozen=True)
class Told:
    """An entry on the page of the row it is about."""

    entry: AuditEntry
    who: str
    summary: str


def history_of(subject: models.Model, user: User | AnonymousUser) -> list[Told]:
    """The newest entries on one row that this person may see. One query."""
    entries = AuditEntry.objects.viewable_by(user).of(subject).select_related("actor")
    return [Told(entry, who(entry), summary(entry)) for entry in entries[:HISTORY]]


def _fields(entry: AuditEntry) -> dict[str, models.Field]:
    """Column → field, of columns that are still there."""
    kind = entry.kind
    return {str(field.column): field for field in kind._meta.concrete_fields} if kind else {}


def _field_name(field: models.Field | None, column: str) -> str:
    return str(field.verbose_name) if field is not None else column


def _value(field: models.Field | None, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        of_each = field.base_field if isinstance(field, ArrayField) else None
        return ", ".join(_value(of_each, each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_value(None, each)}" for key, each in value.items())
    choices: dict[Any, str | Promise] = dict(field.flatchoices) if field is not None else {}
    return str(choices.get(value, value))


def subject_page_model(entry: AuditEntry) -> tuple[str, str] | None:
    """(app label, model name) of what it is about, if it can still be opened."""
    kind = entry.kind
    gone = entry.verb == AuditEntry.Verb.DELETED or entry.subject_id is None
    if kind is None or gone:
        return None
    return kind._meta.app_label, str(kind._meta.model_name)


def known_kinds() -> list[tuple[str, str]]:
    """(label, name) of every model that keeps a trail, by name."""
    kept = [
        model
        for model in apps.get_models()
        if any(trigger.name == "audit_update" for trigger in getattr(model._meta, "triggers", []))
    ]
    names = [(model._meta.label_lower, capfirst(str(model._meta.verbose_name))) for model in kept]
    return sorted(names, key=lambda entry: entry[1])
