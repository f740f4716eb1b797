from opsdesk.inspection.models.manual import (
    AnswerPhoto,
    ManualAnswer,
    ManualItem,
    ManualItemQuerySet,
)
from opsdesk.inspection.models.runs import CheckFinding, CheckResult, InspectionRun
from opsdesk.inspection.models.sheets import InspectionSheet

__all__ = [
    "AnswerPhoto",
    "CheckFinding",
    "CheckResult",
    "InspectionRun",
    "InspectionSheet",
    "ManualAnswer",
    "ManualItem",
    "ManualItemQuerySet",
]
