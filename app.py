"""The app: `streamlit run app.py` serves the pages and `/healthz`. WATCHBILL_STORE names the store."""

import os
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import metrics


def health() -> tuple[int, dict[str, str | None]]:
    """Whether the store opens: the answer of /healthz and its status."""
    try:
        con = metrics.open_store(os.environ.get("WATCHBILL_STORE", "watchbill.duckdb"))
    except metrics.StoreError as error:
        return 503, {"error": str(error)}
    try:
        until = metrics.data_until(con)
    finally:
        con.close()
    return 200, {"data_until": until.isoformat().replace("+00:00", "Z") if until else None}


async def healthz(_: Request) -> JSONResponse:
    status, answer = await run_in_threadpool(health)
    return JSONResponse(answer, status_code=status, headers={"Cache-Control": "no-store"})


app = st.App(Path(__file__).parent / "views" / "_navigation.py", routes=[Route("/healthz", healthz)])
