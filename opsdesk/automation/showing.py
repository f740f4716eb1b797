"""What lists and pages show of rules and of what they did, a fixed number of queries for a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from opsdesk.automation import actions, reading, words
from opsdesk.automation.fields import choices_once
from opsdesk.automation.models import Firing, FiringEffect, Rule, RuleVersion
from opsdesk.automation.models.firings import Outcome
from opsdesk.automation.reading import WrongRule
from opsdesk.automation.services import writing
from opsdesk.desk.rows import page_of
from opsdesk.estimates import capped_counts
from opsdesk.lists import state_pill

if TYPE_CHECKING:
    from django.http import HttpRequest

    from opsdesk.stores.models import Store

WEEK = timedelta(days=7)
MOST_COUNTED = 9_999
STATE_TONES = {Rule.State.ON: "good", Rule.State.PARKED: "danger", Rule.State.OFF: ""}
OUTCOME_TONES = {
    Outcome.DONE: "good",
    Outcome.REFUSED: "danger",
    Outcome.STOPPED: "warning od-says",
    Outcome.LEFT_ALONE: "",
}


def state_of(rule: Rule) -> SafeString:
    return state_pill(Rule.State, rule.state, STATE_TONES[Rule.State(rule.state)])


def outcome_of(outcome: str) -> SafeString:
    return state_pill(Outcome, outcome, OUTCOME_TONES[Outcome(outcome)])


def sentence_of(version: RuleVersion, store: Store) -> str:
    """The version in words; where an app no longer knows what it names, what is missing."""
    try:
        read = reading.read(writing.definition_of(version), store=store)
    except WrongRule as refusal:
        return _("It can't be understood any more: %(problem)s") % {"problem": refusal.message}
    return words.sentence(read, store)


def sentences_of(rules: Iterable[Rule]) -> dict[int, str]:
    """Rule id → the version that counts, in words. What can be chosen is asked once per store."""
    by_rule = {rule.pk: rule for rule in rules}
    versions = RuleVersion.objects.current().filter(rule__in=by_rule)
    with choices_once():
        return {
            version.rule_id: sentence_of(version, by_rule[version.rule_id].store)
            for version in versions
        }


def acted_in_a_week(rules: Iterable[Rule], at: datetime) -> dict[int, int]:
    """Rule id → how often it acted, up to ten thousand. One statement."""
    since = at - WEEK
    counted = {str(rule.pk): Firing.objects.filter(rule=rule.pk, at__gte=since) for rule in rules}
    found = capped_counts(counted, MOST_COUNTED)
    return {int(pk): count for pk, count in found.items()}


@dataclass(frozen=True)
class EffectLine:
    """What one action did, with where it is looked at."""

    action: str
    outcome: SafeString
    reason: str
    label: str
    link: str | None


@dataclass(frozen=True)
class FiringLine:
    firing: Firing
    outcome: SafeString
    link: str | None
    effects: list[EffectLine]


def line_of(request: HttpRequest, firing: Firing) -> FiringLine:
    """Of a firing whose rule, version and effects were fetched along."""
    store_id = firing.rule.store_id
    return FiringLine(
        firing=firing,
        outcome=outcome_of(firing.outcome),
        link=_page(request, firing.subject_type_id, firing.subject_id, store_id),
        effects=[_effect(request, effect, store_id) for effect in firing.effects.all()],
    )


def _effect(request: HttpRequest, effect: FiringEffect, store_id: int) -> EffectLine:
    label, link = "", None
    if effect.effect_type_id is not None and effect.effect_id is not None:
        kind = ContentType.objects.get_for_id(effect.effect_type_id)
        model = kind.model_class()
        label = capfirst(str(model._meta.verbose_name)) if model else ""
        link = _page(request, effect.effect_type_id, effect.effect_id, store_id)
    return EffectLine(
        action=capfirst(actions.title_of(effect.action)),
        outcome=outcome_of(effect.outcome),
        reason=effect.reason,
        label=label,
        link=link,
    )


def page_of_subject(
    request: HttpRequest, version: RuleVersion, pk: int, store: Store
) -> str | None:
    """The page of a row that the version is about, where the person may look at it."""
    try:
        subject = reading.read(writing.definition_of(version), store=store).subject
    except WrongRule:
        return None
    app_label, _dot, model = subject.code.partition(".")
    return page_of(request, app_label, model, pk, store.pk)


def _page(request: HttpRequest, type_id: int, pk: int, store_id: int) -> str | None:
    kind = ContentType.objects.get_for_id(type_id)
    return page_of(request, kind.app_label, kind.model, pk, store_id)
