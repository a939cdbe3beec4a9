"""The app: `streamlit run app.py` serves the pages, and beside them what programs read.

WATCHBILL_STORE names the store, WATCHBILL_SETTINGS the settings.
"""

import gc
import sys
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from serving.data import data, index
from serving.feeds import feed
from serving.guard import Gate, refusal
from serving.health import healthz
from serving.open_metrics import open_metrics
from views import _menu, _store
from views._access import has_sign_in

app = st.App(
    Path(__file__).parent / "views" / "_navigation.py",
    routes=[
        Route("/healthz", healthz),
        Route("/metrics", open_metrics),
        Route("/data", index),
        Route("/data/{name}.{form}", data),
        Route("/feeds/{team:path}.ics", feed),
    ],
    middleware=[Middleware(Gate, has_sign_in=has_sign_in)],
)
if refused := refusal(st.get_option("server.address"), has_sign_in()):
    sys.exit(f"watchbill: {refused}")
# Before the first visitor comes, not while they wait. A store that does not carry its facts takes longer, and what is
# wrong with one is said on the page: neither keeps the server from starting.
_menu.read()
opening = Thread(target=_store.open_early, daemon=True)
opening.start()
opening.join(timeout=3)
# What is there by now stays: looking through it for garbage again and again would hold up a visitor for 0.1 s.
gc.collect()
gc.freeze()
