"""The screens of the daily inspection."""

from opsdesk.inspection.admin import days, items, runs

__all__ = ["days", "items", "runs"]
