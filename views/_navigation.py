"""The script that Streamlit runs for every visitor: which pages there are, and which one is shown."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from views import _access, _menu, _views
from views._turns import TURNS

st.set_page_config(page_title="Watchbill", page_icon=Path(__file__).with_name("icon.svg"), layout="wide")
(first, path, label), *others = _menu.written()
# Streamlit serves its default page at the root alone, so the page that everybody comes for stands there twice; the menu
# shows the one that is open.
is_named = urlsplit(st.context.url or "").path.rstrip("/").endswith(f"/{path}")
seen: dict[bool, Literal["visible", "hidden"]] = {True: "visible", False: "hidden"}
pages = [
    st.Page(_menu.shown_by(first), title=label, url_path="start", default=True, visibility=seen[not is_named]),
    st.Page(_menu.shown_by(first), title=label, url_path=path, visibility=seen[is_named]),
    *(st.Page(_menu.shown_by(module), title=label, url_path=path) for module, path, label in others),
]
is_admitted = _access.is_admitted()
page = st.navigation(pages, position="top" if is_admitted else "hidden")
if is_admitted:
    _views.remember_page(page.url_path)
    with TURNS.drawing():
        page.run()
else:
    _access.door()
