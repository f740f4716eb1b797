"""The screens of the daily inspection."""

from opsdesk.inspection.admin import runs

__all__ = ["runs"]
