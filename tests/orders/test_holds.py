"""What passes all checks passes by itself; what fails is held, released once, and looked at again."""

from functools import partial

import pytest

from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import Hold, Order, ReviewResult
from orders.review import registry
from orders.services import holding, lifecycle
from tests.concurrency import run_together
from tests.factories import MOMENT, MembershipFactory, OrderFactory, StoreFactory

pytestmark = pytest.mark.django_db
