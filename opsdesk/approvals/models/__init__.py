from opsdesk.approvals.models.absences import Delegation
from opsdesk.approvals.models.emergencies import Emergency
from opsdesk.approvals.models.requests import Approval, ApprovalDecision
from opsdesk.approvals.models.rules import ApprovalPolicy

__all__ = ["Approval", "ApprovalDecision", "ApprovalPolicy", "Delegation", "Emergency"]
