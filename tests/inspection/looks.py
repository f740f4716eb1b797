"""Checks that see what a test tells them to."""

from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.services import Finding
from opsdesk.inspection.checks import Check, Seen
from opsdesk.stores.roles import Role

KIND = AlertKind("test.kind", "Something is wrong", "INS-3")


class Looks:
    def __init__(self, code="INS-3.test", kind=KIND):
        self.now = lambda: Seen(findings=[])
        self.times = 0
        self.check = Check(
            code=code,
            title=f"Check {code}",
            looks_at="The test",
            steps=("Mend it.",),
            owner_role=Role.WAREHOUSE,
            kinds=(kind,),
            look=self,
        )

    def __call__(self, store, at):
        self.times += 1
        return self.now()

    def sees(self, *keys, **more):
        found = [Finding(key, key.upper(), Role.WAREHOUSE, **more) for key in keys]
        self.now = lambda: Seen(findings=found, figures={"rows": len(found)})

    def raises(self, error):
        def fail():
            raise error

        self.now = fail
