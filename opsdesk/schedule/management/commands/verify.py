from typing import Any

from opsdesk import invariants
from opsdesk.commands import DONE, DONE_WITH_FINDINGS, OpsCommand


class Command(OpsCommand):
    help = "Check every invariant; exit code 3 on any violation."
    ledgers_only = False

    def answer(self, **_options: Any) -> tuple[dict[str, Any], int]:
        checked = invariants.violations(invariants.all_invariants(ledgers_only=self.ledgers_only))
        broken = any(row["violations"] for row in checked)
        return {"invariants": checked}, DONE_WITH_FINDINGS if broken else DONE

    def show(self, answer: dict[str, Any]) -> None:
        for row in answer["invariants"]:
            mark = self.style.ERROR("broken") if row["violations"] else self.style.SUCCESS("holds")
            self.stdout.write(f"{mark}  {row['id']}: {row['says']}")
            for case in row["cases"]:
                self.stdout.write(f"        {case}")
