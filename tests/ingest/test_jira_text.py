"""Jira's two ways of writing rich text, as plain text."""

import pytest

from ingest.jira.text import plain


def doc(*nodes: object) -> dict[str, object]:
    return {"type": "doc", "version": 1, "content": list(nodes)}


def paragraph(*nodes: object) -> dict[str, object]:
    return {"type": "paragraph", "content": [text(node) if isinstance(node, str) else node for node in nodes]}


def text(words: str, *marks: object) -> dict[str, object]:
    return {"type": "text", "text": words, "marks": list(marks)}


def test_trap_17_a_body_of_v3_is_an_object_and_its_paragraphs_are_lines() -> None:
    assert plain(doc(paragraph("one"), paragraph("two ", text("bold", {"type": "strong"})))) == "one\ntwo bold"


def test_trap_17_a_body_of_v2_is_a_string_of_wiki_markup() -> None:
    assert plain("h1. Title\n*bold* and _lean_ words") == "Title\nbold and lean words"


def test_people_links_and_pictures_read_as_words() -> None:
    link = {"type": "link", "attrs": {"href": "https://a.example"}}
    nodes = [
        {"type": "mention", "attrs": {"id": "712020:1", "text": "@Maren"}},
        " see ",
        text("this", link),
        {"type": "hardBreak"},
        {"type": "inlineCard", "attrs": {"url": "https://b.example"}},
        {"type": "emoji", "attrs": {"shortName": ":lamp:", "text": "💡"}},
    ]
    assert plain(doc(paragraph(*nodes))) == "@Maren see this (https://a.example)\nhttps://b.example💡"


def test_lists_and_tables_keep_their_lines() -> None:
    items = [{"type": "listItem", "content": [paragraph(word)]} for word in ("one", "two")]
    cells = [{"type": "tableCell", "content": [paragraph(word)]} for word in ("a", "b")]
    table = {"type": "table", "content": [{"type": "tableRow", "content": cells}]}
    assert plain(doc({"type": "bulletList", "content": items}, table)) == "- one\n- two\na | b"


def test_a_node_nobody_knows_tells_what_is_in_it() -> None:
    assert plain(doc({"type": "hologram", "content": [paragraph("still here")]})) == "still here"


@pytest.mark.parametrize(
    ("wiki", "words"),
    [
        ("[~accountid:712020:ab] and [~pell]", "@712020:ab and @pell"),
        ("[the lamp|https://a.example/x] [https://b.example]", "the lamp (https://a.example/x) https://b.example"),
        ("{quote}said{quote} {color:red}red{color}", "said red"),
        ("* one\n** deeper\n# first", "- one\n- deeper\n- first"),
        ("{code:java}a *b* {c}{code} *d*", "a *b* {c} d"),
        ("{noformat}_x_{noformat}", "_x_"),
        ("{{mono}} text", "mono text"),
    ],
)
def test_wiki_markup_goes_and_the_words_stay(wiki: str, words: str) -> None:
    assert plain(wiki) == words


@pytest.mark.parametrize(
    "said", ["snake_case_name", "2*3*4", "<b>bold</b> & 'quoted'", "=1+1", "ünï ☃", "a [x] {b}", "5 * 3 * 2"]
)
def test_what_is_no_markup_is_left_alone(said: str) -> None:
    assert plain(said) == said


@pytest.mark.parametrize("nothing", [None, "", {}, doc(), 7])
def test_no_body_is_no_words(nothing: object) -> None:
    assert plain(nothing) == ""
