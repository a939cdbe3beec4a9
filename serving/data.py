"""/data/<metric>.json, .csv or .parquet: any metric by its address, with the parameters of `watchbill metric`."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

import metrics
from metrics import by_name
from serving import forms, questions, snapshots
from serving.guard import answered, is_welcome, turned_away
from serving.open_metrics import program
from serving.questions import Question
from serving.snapshots import Snapshot


async def index(request: Request) -> Response:
    """Which metrics there are, and what each may be asked."""
    if not is_welcome(request):
        return turned_away()
    told = [
        {
            "name": metric.name,
            "question": metric.question,
            "unit": metric.unit,
            "parts": {part: _parameters(metric, part) for part in by_name.parts(metric)},
        }
        for metric in metrics.catalogue()
    ]
    return answered({"metrics": told, "forms": list(forms.FORMS)})


def _parameters(metric: metrics.Metric, part: by_name.Part) -> list[str]:
    names = [questions.CALLED.get(name, name) for name in by_name.parameters(metric, part)]
    return [*names, "zone"] if "weeks" in names else names


async def data(request: Request) -> Response:
    """One metric's answer: 400 says what is wrong with the question, 404 which metrics and forms there are."""
    if not is_welcome(request):
        return turned_away()
    try:
        return await run_in_threadpool(_answer, request)
    except metrics.StoreError as error:
        return answered({"error": str(error)}, 503)
    except by_name.UnknownMetric as error:
        return answered({"error": str(error)}, 404)
    except ValueError as error:
        return answered({"error": str(error)}, 400)
    except duckdb.Error as error:
        return answered({"error": f"the store could not answer this: {str(error).splitlines()[0]}"}, 500)


def _answer(request: Request) -> Response:
    form = request.path_params["form"]
    metric = by_name.find(request.path_params["name"])
    if form not in forms.FORMS:
        return answered({"error": f"there is no form {form!r}; there are {', '.join(forms.FORMS)}"}, 404)
    snapshot = snapshots.newest()
    question = questions.read(metric, request.query_params.multi_items(), snapshot.until or datetime.now(UTC))
    headers = _headers(snapshot, question, form)
    if headers["ETag"] in _known(request):
        return Response(status_code=304, headers={name: headers[name] for name in ("ETag", "Cache-Control")})
    told = _told(snapshot, question, form)
    first = next(told, b"")  # what goes wrong goes wrong before anything is sent
    body = _joined(first, told) if request.method == "GET" else iter(())
    return StreamingResponse(body, media_type=forms.MEDIA[form], headers=headers)


def _told(snapshot: Snapshot, question: Question, form: str) -> Iterator[bytes]:
    with snapshot.reading() as con:
        yield from forms.FORMS[form](questions.ask(con, question))


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _known(request: Request) -> set[str]:
    """The answers that the asker has already."""
    told = request.headers.get("if-none-match", "")
    return {tag.strip().removeprefix("W/") for tag in told.split(",")}


def _headers(snapshot: Snapshot, question: Question, form: str) -> dict[str, str]:
    """Words of trackers are data: a browser saves them, and takes them for nothing else."""
    spelled = "\n".join((program(), snapshot.name, question.spelled, form))
    as_of: Any = question.asked["as_of"]
    return {
        "ETag": f'"{hashlib.sha256(spelled.encode()).hexdigest()[:32]}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{question.metric.name}.{form}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Watchbill-As-Of": as_of.isoformat().replace("+00:00", "Z"),
    }
