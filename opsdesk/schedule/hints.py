"""A hint tells the worker that a row waits. Losing one costs seconds: the tick finds the row."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def hint(task: Task, *args: Any) -> None:
    """Once the transaction is committed, ask the worker to run the task now."""
    transaction.on_commit(partial(send, task, *args))


def send(task: Task, *args: Any) -> None:
    """Ask the worker now; without the broker it is the next tick that finds the work."""
    try:
        task.apply_async(args=args, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("Hint %s%s not delivered: %s", task.name, args, error)
