from opsdesk.schedule.management.commands import verify


class Command(verify.Command):
    help = "Check that every balance equals its ledger; exit code 3 on any difference."
    ledgers_only = True
