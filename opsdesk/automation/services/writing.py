"""Rules as people write them: every saving is a version, and none is changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opsdesk.automation import reading
from opsdesk.automation.definition import Definition
from opsdesk.automation.models import Rule, RuleVersion
from opsdesk.automation.services import switching
from opsdesk.db import refused_by
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.models import Store, User

ADD, CHANGE = "automation.add_rule", "automation.change_rule"
MOST_RULES = 200
LONGEST_NAME = 80


def create_rule(
    *,
    store: Store,
    name: str,
    definition: Mapping[str, Any],
    actor: User,
    at: datetime,
    note: str = "",
) -> Rule:
    """A rule with its first version, switched off.

    `definition` holds `trigger`, `conditions` and `actions` as `reading.read` wants them. Raises
    WrongRule with every problem, NotAllowed for who may not write rules there or may not do what
    the rule would, and DomainError for a name that is taken.
    """
    _may(actor, ADD, store)
    read = reading.read(definition, store=store)
    may_do(actor, read, store)
    try:
        with transaction.atomic():
            Store.objects.select_for_update(of=("self",), no_key=True).get(pk=store.pk)
            if Rule.objects.filter(store=store).count() >= MOST_RULES:
                raise DomainError(_("A store keeps at most %(most)s rules.") % {"most": MOST_RULES})
            rule = Rule.objects.create(
                store=store, name=_named(name), created_by=actor, created_at=at
            )
            _write(rule, read, number=1, actor=actor, at=at, note=note)
    except IntegrityError as error:
        raise _name_taken(error) from error
    return rule


def save_version(
    *,
    rule_id: int,
    expected_version: int,
    name: str | None = None,
    definition: Mapping[str, Any],
    actor: User,
    at: datetime,
    note: str = "",
    came_from: int | None = None,
) -> RuleVersion:
    """The rule's words are these from now on, as a new version, and it is switched off.

    `expected_version` is the one that was looked at: who was second is told by Conflict. Raises as
    `create_rule`. Locks the rule.
    """
    rule = Rule.objects.select_related("store").get(pk=rule_id)
    _may(actor, CHANGE, rule.store)
    read = reading.read(definition, store=rule.store)
    may_do(actor, read, rule.store)
    number = expected_version + 1
    names = {} if name is None else {"name": _named(name)}
    try:
        with transaction.atomic():
            unchanged = Rule.objects.filter(pk=rule.pk, version=expected_version)
            if not unchanged.update(version=number, **names, **switching.OFF):
                raise saved_by_another(rule.pk)
            return _write(
                rule, read, number=number, actor=actor, at=at, note=note, came_from=came_from
            )
    except IntegrityError as error:
        raise _name_taken(error) from error


def bring_back(
    *, rule_id: int, number: int, expected_version: int, actor: User, at: datetime
) -> RuleVersion:
    """An older version counts again, as a new one. Raises as `save_version`.

    What no app registers any more can't come back: WrongRule says what is missing.
    """
    old = RuleVersion.objects.get(rule=rule_id, number=number)
    return save_version(
        rule_id=rule_id,
        expected_version=expected_version,
        definition=definition_of(old),
        actor=actor,
        at=at,
        came_from=number,
    )


def definition_of(version: RuleVersion) -> dict[str, Any]:
    """What `reading.read` and `create_rule` take."""
    return {
        "trigger": version.trigger,
        "conditions": version.conditions,
        "actions": version.actions,
    }


def may_do(actor: User, definition: Definition, store: Store) -> None:
    """Raises NotAllowed for whoever may not do in the store what the rule would do there."""
    for step in definition.steps:
        if not actor.has_perm(step.action.permission, store):
            facts = {"action": step.action.title, "store": store}
            raise NotAllowed(
                _("You may not have a rule do this in %(store)s: %(action)s.") % facts,
                action=step.action.code,
            )


def saved_by_another(rule_id: int) -> Conflict:
    last = (
        RuleVersion.objects.filter(rule=rule_id, number__gte=1)
        .select_related("written_by")
        .order_by("-number")[0]
    )
    facts = {"person": last.written_by, "number": last.number}
    return Conflict(
        _("%(person)s saved version %(number)s in the meantime. Look at it first.") % facts,
        winner=str(last.written_by),
        version=last.number,
    )


def _write(
    rule: Rule,
    read: Definition,
    *,
    number: int,
    actor: User,
    at: datetime,
    note: str,
    came_from: int | None = None,
) -> RuleVersion:
    return RuleVersion.objects.create(
        rule=rule,
        number=number,
        note=note.strip()[:300],
        came_from=came_from,
        written_by=actor,
        written_at=at,
        **read.raw,
    )


def _may(actor: User, permission: str, store: Store) -> None:
    if not actor.has_perm(permission, store):
        raise NotAllowed(_("You may not write rules for %(store)s.") % {"store": store})


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise reading.WrongRule(
            {
                "name": _("Give the rule a name of at most %(most)s characters.")
                % {"most": LONGEST_NAME}
            }
        )
    return name


def _name_taken(error: IntegrityError) -> DomainError:
    if refused_by(error) != "rule_unique_name":
        raise error
    return reading.WrongRule({"name": _("The store has a rule of this name.")})
