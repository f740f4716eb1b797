from opsdesk.automation.admin import rules, runs, trials

__all__ = ["rules", "runs", "trials"]
