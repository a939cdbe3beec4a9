"""Whether the store opens: for load balancers and people who wonder. Strangers read no more than that."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

import metrics
from serving import snapshots
from serving.guard import answered, is_welcome


def health() -> tuple[int, dict[str, Any]]:
    """The status of /healthz and what it says."""
    try:
        until = snapshots.newest().until
    except metrics.StoreError as error:
        return 503, {"error": str(error)}
    return 200, {"data_until": until.isoformat().replace("+00:00", "Z") if until else None}


async def healthz(request: Request) -> Response:
    status, told = await run_in_threadpool(health)
    return answered(told if is_welcome(request) else {"is_well": status == 200}, status)
