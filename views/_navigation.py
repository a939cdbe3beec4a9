"""The script that Streamlit runs for every visitor: which pages there are, and which one is shown."""

from pathlib import Path

import streamlit as st

from views import weekly_health

st.set_page_config(page_title="Watchbill", page_icon=Path(__file__).with_name("icon.svg"), layout="wide")
pages = [
    # Streamlit serves its default page at the root alone, so the page that everybody comes for stands there twice.
    st.Page(weekly_health.page, title=weekly_health.TITLE, default=True, visibility="hidden"),
    st.Page(weekly_health.page, title=weekly_health.TITLE, url_path="weekly-health"),
]
st.navigation(pages, position="hidden").run()
