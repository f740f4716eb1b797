from opsdesk.automation.models.firings import Firing, FiringEffect, FiringQuerySet
from opsdesk.automation.models.rules import Rule, RuleQuerySet, RuleVersion
from opsdesk.automation.models.tags import Tag, TagQuerySet
from opsdesk.automation.models.trials import RuleTrial

__all__ = [
    "Firing",
    "FiringEffect",
    "FiringQuerySet",
    "Rule",
    "RuleQuerySet",
    "RuleTrial",
    "RuleVersion",
    "Tag",
    "TagQuerySet",
]
