"""Rules as text, and back."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from settings import SettingsError
from settings.toil_drafts import LONGEST_DRAFT, folded, read, with_rule, written
from settings.toil_presets import TOIL_PRESETS

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
RULE = st.fixed_dictionaries(
    {"name": WORDS},
    optional={
        **{field: st.lists(WORDS, min_size=1, max_size=3) for field in ("label", "type", "project", "queue")},
        "title": st.sampled_from([r"a\bc", "it's", r"it's \d", 'say "x"', "^x$", "é\\.b", "|"]),
    },
).filter(lambda rule: len(rule) > 1)


@profile(max_examples=30)
@given(rules=st.lists(RULE, max_size=4), queues=st.lists(WORDS, min_size=1, max_size=2))
def test_what_is_written_reads_as_it_was(rules: list[dict[str, object]], queues: list[str]) -> None:
    said = read(written(rules, queues))
    assert [rule.model_dump(exclude_defaults=True) for rule in said.category] == rules
    assert said.queues == queues


@pytest.mark.parametrize(
    "presets", [["labels"], ["jira", "titles"], ["labels", "jira", "titles"], ["titles", "labels"]]
)
def test_what_presets_spell_out_is_written_as_their_names(presets: list[str]) -> None:
    text = f"[[toil]]\npresets = {presets}\n[[toil.category]]\nname = 'own'\nqueue = ['x']\n"
    rules = read(text).definition()["categories"]
    own, names = folded(rules)
    assert (own, names) == ([{"name": "own", "queue": ["x"]}], presets)
    assert read(written(rules)).definition() == read(text).definition()
    assert len(written(rules)) < 200


def test_half_a_preset_is_written_out() -> None:
    rules = [dict(rule) for rule in TOIL_PRESETS["labels"][:-1]]
    assert folded(rules) == (rules, []) and len(tomllib.loads(written(rules))["toil"][0]["category"]) == len(rules)


def test_a_rule_is_added_before_all_others() -> None:
    text = "[[toil]]\nqueues = ['q']\npresets = ['labels']\n[[toil.category]]\nname = 'b'\nqueue = ['x']\n"
    said = read(with_rule(text, {"name": "a", "title": r"\bpass", "label": []}))
    assert [rule.name for rule in said.category] == ["a", "b"] and said.category[0].title == r"\bpass"
    assert (said.queues, said.presets) == (["q"], ["labels"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[toil]", "the draft: not valid TOML"),
        ("", "write one .*toil.* table and nothing else"),
        ("[[toil]]\n[[toil]]\nqueues = ['x']\n", "nothing else"),
        ("[[toil]]\n[[team]]\nname = 'x'\ncalendar = 'always'\nqueues = ['x']\n", "nothing else"),
        ("[[toil]]\n[[toil.category]]\nname = 'x'\n", "nothing to recognise a ticket by"),
        ("[[toil]]\n[[toil.category]]\nname = 'x'\nlabels = ['y']\n", "labels: there is no such setting"),
        ("[[toil]]\n[[toil.category]]\nname = 'x'\ntitle = '('\n", "not a regular expression"),
        ("[[toil]]\npresets = ['none']\n", "none"),
        ("#" * (LONGEST_DRAFT + 1), "leave something out"),
    ],
)
def test_a_draft_that_cannot_be_read_says_why(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read(text)
