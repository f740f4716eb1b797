from opsdesk.automation import alert_panel
from opsdesk.automation.admin import rules, runs, trials

alert_panel.register()

__all__ = ["rules", "runs", "trials"]
