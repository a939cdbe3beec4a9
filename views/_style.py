"""How pages look beyond the theme, and the one door by which text becomes HTML.

Titles, names and labels come from trackers. They reach a page either as cells of a table, which draws them as text, or
through `plain`, which leaves nothing for a browser to act on.
"""

import html

import streamlit as st

from metrics.house import AMBER, BLUE, GREY, VERMILION, VIOLET

MET, LATE, RUNNING = BLUE, VERMILION, GREY
CAME, CLOSED, OPEN = AMBER, BLUE, VIOLET

_MARKDOWN = frozenset(r"\`*_{}[]()#+-.!|~<>:$^=&")

_CSS = """
<style>
.stMainBlockContainer { padding-top: 2.75rem; padding-bottom: 4rem; max-width: 1280px; }
.st-key-head { padding: 1.25rem 0 .5rem; }
.wb { font-variant-numeric: tabular-nums; line-height: 1.4; overflow-wrap: anywhere; }
.wb p { margin: 0; }
.wb a { color: light-dark(#1D629A, #7DB9E8); text-decoration: none; font-weight: 600; }
.wb a:hover { text-decoration: underline; }
.wb * { unicode-bidi: isolate; }
.wb-words { white-space: pre-wrap; max-width: 60rem; }
.wb-dim { opacity: .74; font-size: .875rem; }
.wb-tile { display: grid; gap: .1rem; }
.wb-label { font-size: .875rem; opacity: .8; }
.wb-value { font-size: 1.75rem; font-weight: 600; line-height: 1.2; white-space: nowrap; }
.wb-said { font-size: .875rem; min-height: 2.8em; }
.wb-said b { font-weight: 600; display: block; }
.wb-said span { opacity: .74; }
.wb-good .wb-said b, .wb-better .wb-mark { color: light-dark(#1D629A, #7DB9E8); }
.wb-bad .wb-said b, .wb-worse .wb-mark, .wb-late { color: light-dark(#A8430A, #F2995F); }
.wb-unknown .wb-value, .wb-unknown .wb-said b { color: light-dark(#5F5F66, #A9A9B2); font-weight: 500; }
.wb-facts { display: flex; gap: 1.5rem; font-size: .875rem; margin-top: .25rem; }
.wb-wrap { flex-wrap: wrap; margin: .5rem 0; }
.wb-facts span { opacity: .74; display: block; font-size: .75rem; }
.wb-clause { display: grid; grid-template-columns: 5rem 1fr; gap: .5rem; }
.wb-mark { font-weight: 600; white-space: nowrap; }
.wb-name { font-size: 1.375rem; font-weight: 600; margin: 0; padding: 0; line-height: 1.3; }
.wb-breach { display: grid; gap: .1rem; }
.wb-head { display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline; }
.wb-late { font-weight: 600; white-space: nowrap; }
.stMain button[kind="tertiary"], .stDialog button[kind="tertiary"] {
  min-height: 1.6rem; padding: 0; color: light-dark(#1D629A, #7DB9E8); }
.stMain button[kind="tertiary"]:disabled { color: light-dark(#5F5F66, #A9A9B2); }
.wb-moves { margin: 0 0 .5rem; padding-left: 1.25rem; }
.stApp button[kind^="primary"], .stApp button[kind^="primary"] * { color: light-dark(#FFFFFF, #16171B); }
.wb-notice { border-left: 4px solid #8C8C94; padding: .35rem .75rem; background: light-dark(#F5F5F2, #212329); }
.wb-notice.wb-warn { border-left-color: #B8451A; }
.wb-note { border-left: 4px solid light-dark(#1D629A, #7DB9E8); padding: .35rem .75rem; }
.wb-checks { list-style: none; margin: .5rem 0; padding: 0; }
.wb-checks .wb-mark { display: inline-block; width: 1.25rem; }
.wb-trace.wb-narrow { max-width: 36rem; }
.wb-trace { border-collapse: collapse; width: 100%; font-size: .875rem; }
.wb-trace td, .wb-trace th { text-align: left; padding: .3rem .9rem .3rem 0; vertical-align: top; font-weight: 400;
  border: 0; border-bottom: 1px solid light-dark(#E3E3DF, #3A3B42); }
.wb-trace th { opacity: .74; }
.wb-trace .wb-num { text-align: right; white-space: nowrap; }
.wb-time { white-space: nowrap; }
@media (max-width: 640px) {
  .wb-value { font-size: 1.375rem; }
  .wb-clause { grid-template-columns: 1fr; gap: 0; }
  .wb-trace thead { display: none; }
  .wb-trace tr { display: grid; grid-template-columns: 1fr 1fr; padding: .35rem 0;
    border-bottom: 1px solid light-dark(#E3E3DF, #3A3B42); }
  .wb-trace td { border: 0; padding: .05rem 0; }
  .wb-trace .wb-wide { grid-column: 1 / -1; }
  .wb-grid thead { display: table-header-group; }
  .wb-grid tr { display: table-row; }
  .wb-grid td, .wb-grid th { padding: .3rem .35rem .3rem 0; font-size: .75rem; overflow-wrap: break-word; }
  .wb-grid .wb-num { white-space: normal; }
}
@media print {
  :root { color-scheme: light !important; }
  @page { size: A4 landscape; margin: 12mm; }
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stStatusWidget"],
  [data-testid="stExpandSidebarButton"], [data-testid="stElementToolbar"], .modebar, [class*="-by-key"],
  .stMain .stButton, .stMain .stDownloadButton, .stMain .stPopover, .stMain .stFormSubmitButton {
    display: none !important; }
  html, body, #root, .stApp, .stAppViewContainer, .stMain, [data-testid="stAppViewContainer"], [data-testid="stMain"] {
    position: static !important; height: auto !important; overflow: visible !important; background: #fff !important; }
  .stMainBlockContainer { padding: 0 !important; max-width: none !important; zoom: .88; }
  .stMain, .stMain * { color: #1F2328 !important; }
  .stMain [data-baseweb], .stMain [data-baseweb] *, .stMain button { background-color: transparent !important; }
  .wb-notice { background: #F5F5F2 !important; print-color-adjust: exact; }
  .stPlotlyChart, .stDataFrame, .stGridCell, .stElementContainer:has(> .stHtml), .wb-trace tr { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  .wb a[href^="http"]::after { content: " <" attr(href) ">"; font-weight: 400; font-size: .75rem; }
}
</style>
"""


# What is drawn for dark paper, and not by style sheets, is turned round where the paper is white.
_DARK_ON_PAPER = (
    "@media print { .stPlotlyChart, .stDataFrame { filter: invert(1) hue-rotate(180deg) brightness(1.1); } }"
)


def plain(text: object) -> str:
    """Text from anywhere, as HTML that shows it literally."""
    return html.escape(str(text), quote=True)


def as_label(text: str) -> str:
    """Text for a widget's label, which reads Markdown: every sign of it is escaped."""
    return "".join(f"\\{sign}" if sign in _MARKDOWN else sign for sign in text)


def install() -> None:
    """Put the styles on the page; dialogs and popovers hang outside it, and are told whether it is light or dark."""
    scheme = st.context.theme.type or "light dark"
    st.html(f"{_CSS}<style>:root {{ color-scheme: {scheme}; }}{_DARK_ON_PAPER if is_dark() else ''}</style>")


def is_dark() -> bool:
    """Whether the page is on dark paper."""
    return st.context.theme.type == "dark"


def block(content: str, kind: str = "") -> None:
    """A piece of HTML whose every foreign word has been through `plain`."""
    st.html(f'<div class="wb {kind}">{content}</div>')


def link(key: str, url: str | None) -> str:
    """A ticket's key, leading to its tracker where there is an address a browser may follow."""
    if url is None:
        return f"<strong>{plain(key)}</strong>"
    return f'<a href="{plain(url)}" target="_blank" rel="noopener noreferrer">{plain(key)}</a>'
