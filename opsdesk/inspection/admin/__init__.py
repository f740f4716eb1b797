"""The screens of the daily inspection."""

from opsdesk.inspection import desk
from opsdesk.inspection.admin import days, items, runs

desk.register()

__all__ = ["days", "items", "runs"]
