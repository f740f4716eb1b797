"""`POST /hooks/{store}/{source}`: where platforms and programs deliver (ORD-1).

200 once the delivery is stored, whatever is in it; the worker looks into it. 401 for what is not
signed as it should be, of which nothing is kept but a count.
"""

from __future__ import annotations

import re

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from opsdesk.api.problems import MEDIA_TYPE, problem
from opsdesk.exchange import signatures
from opsdesk.exchange.services import webhooks
from opsdesk.exchange.services.inbox import UnknownSource
from opsdesk.exchange.signatures import Refused

# What WooCommerce sends, unsigned, when a webhook is saved: its number there, and nothing else. It
# wants a 200 before it delivers anything.
_PING = re.compile(rb"webhook_id=[0-9]{1,20}").fullmatch


@csrf_exempt
@require_POST
def receive(request: HttpRequest, store: str, source: str) -> HttpResponse:
    try:
        body = request.body
    except RequestDataTooBig:
        return _refused(413, "too_large", "The body is larger than is taken here.")
    except UnreadablePostError:
        return _refused(400, "cut_off", "The body did not arrive whole.")
    if source == "woocommerce" and _PING(body):
        return JsonResponse({"status": "ready"})
    try:
        received = webhooks.receive_webhook(
            store_code=store,
            source=source,
            headers={
                **{name.lower(): value for name, value in request.headers.items()},
                signatures.PATH: request.path,
            },
            body=body,
            at=timezone.now(),
        )
    except UnknownSource:
        return _refused(404, "not_found", "There is no such source.")
    except Refused:
        # Why is on the page of the webhook; to the sender all of it is one answer.
        return _refused(401, "bad_signature", "The delivery is not signed as it should be.")
    scheme = signatures.scheme_of(source)
    thanks = scheme.thanks if scheme else None
    return JsonResponse(thanks or {"status": "stored" if received.is_new else "known"})


def _refused(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, code, detail), status=status, content_type=MEDIA_TYPE)
