"""The made-up GitHub and the queries, held against the public schema and against answers of the real one."""

import json
import lzma
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import graphql
import pytest
from graphql import GraphQLSchema

from ingest.demo.trackers.github import GitHub
from ingest.demo.trackers.github.graphql import cost, schema_without
from ingest.demo.trackers.github.model import node_id, served, type_name
from ingest.github import archive as github_archive
from ingest.github import queries
from ingest.github.graphql import kind_of
from ingest.github.node_ids import database_id
from tests.ingest.test_github_sync import at

CONTRACT = "contracts/github-schema.graphql.xz"


@cache
def public_schema(path: Path) -> GraphQLSchema:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return graphql.build_schema(file.read(), assume_valid=True)


@pytest.fixture
def public(shared: Path) -> GraphQLSchema:
    return public_schema(shared / CONTRACT)


def all_queries(schema: GraphQLSchema) -> Iterator[str]:
    answer = graphql.graphql_sync(schema, queries.PROBE)
    assert answer.errors is None and answer.data
    offer = queries.offer(answer.data)
    yield from (queries.PROBE, queries.FACTS, queries.NUMBERS, queries.NEXT, queries.BOARD)
    yield from (queries.issues(offer), queries.issues_by_number(offer, [1, 2]), queries.board_items(offer))
    yield from (queries.timeline(offer, offer.issue_kinds), queries.timeline(offer, offer.board_kinds))
    yield queries.board_parts(offer)


@pytest.mark.shared
def test_every_query_is_valid_against_the_public_schema(public: GraphQLSchema) -> None:
    for text in all_queries(public):
        assert graphql.validate(public, graphql.parse(text)) == [], text


@pytest.mark.parametrize(
    "hidden",
    [
        (),
        ("IssueFieldAddedEvent", "IssueFieldChangedEvent", "IssueFieldRemovedEvent"),
        ("IssueFieldValueConnection", "IssueFieldNumberValue", "IssueFieldDate"),
        ("IssueTypeAddedEvent", "IssueTypeChangedEvent", "IssueTypeRemovedEvent", "IssueType", "AssigneeConnection"),
        ("ProjectV2ItemStatusChangedEvent", "AddedToProjectV2Event", "BlockedByAddedEvent", "SubIssueRemovedEvent"),
    ],
)
def test_what_a_server_does_not_offer_is_not_asked_for(hidden: tuple[str, ...]) -> None:
    schema = schema_without(hidden)
    for text in all_queries(schema):
        assert graphql.validate(schema, graphql.parse(text)) == []


@pytest.mark.shared
def test_every_name_of_the_made_up_schema_is_one_of_the_public_schema_with_the_same_type(public: GraphQLSchema) -> None:
    for name, kind in schema_without(()).type_map.items():
        if name.startswith("__"):
            continue
        real = public.type_map[name]
        assert type(kind) is type(real), name
        for field, made in getattr(kind, "fields", {}).items():
            assert str(made.type) == str(real.fields[field].type), f"{name}.{field}"  # type: ignore[attr-defined]
            arguments = getattr(made, "args", {})
            for argument, told in arguments.items():
                assert str(told.type) == str(real.fields[field].args[argument].type), f"{name}.{field}.{argument}"  # type: ignore[attr-defined]
        members = {member.name for member in getattr(kind, "types", ())}
        assert members <= {member.name for member in getattr(real, "types", ())}, name
        assert set(getattr(kind, "values", {})) <= set(getattr(real, "values", {})), name


@pytest.mark.shared
def test_the_timeline_of_the_made_up_schema_is_whole(public: GraphQLSchema) -> None:
    made, real = schema_without(()).type_map, public.type_map
    for name in ("IssueTimelineItems", "Assignee", "IssueFieldValue", "IssueFields"):
        assert {kind.name for kind in made[name].types} == {kind.name for kind in real[name].types}  # type: ignore[attr-defined]


def test_the_schema_travels_with_the_program() -> None:
    assert files("ingest.demo.trackers.github").joinpath("schema.graphql").is_file()


@pytest.mark.shared
def test_a_page_of_issues_costs_what_the_rule_says(public: GraphQLSchema) -> None:
    answer = graphql.graphql_sync(public, queries.PROBE)
    assert answer.data
    text = queries.issues(queries.offer(answer.data))
    assert cost(graphql.parse(text), {"first": 50, "items": 100}) == 2  # 1 + 50 * 4 requests


def real_events(shared: Path) -> Iterator[dict[str, Any]]:
    folder = shared / "real" / "github-bitcoin-core-gui"
    for reply in github_archive.replies(folder / "issues.jsonl.xz", None):
        yield from json.loads(reply.body)["events"]


@pytest.mark.shared
def test_the_number_in_a_node_id_is_the_one_that_rest_tells(shared: Path) -> None:
    """Both spellings of node ids, as the real GitHub gave them over six years."""
    told = [event for event in real_events(shared) if event.get("node_id") and event.get("id")]
    assert len(told) > 3_000
    assert [event for event in told if database_id(event["node_id"]) != str(event["id"])] == []


@pytest.mark.shared
def test_kinds_have_one_name_in_both_languages(shared: Path) -> None:
    public = public_schema(shared / CONTRACT)
    types = {kind.name for kind in public.type_map["IssueTimelineItems"].types}  # type: ignore[attr-defined]
    assert {type_name(kind_of(kind)) for kind in types} == types
    real = {event["event"] for event in real_events(shared)}
    assert {kind_of(type_name(kind)) for kind in real} == real


@pytest.mark.shared
def test_a_made_up_event_has_the_shape_of_a_real_one(shared: Path) -> None:
    real: dict[str, set[str]] = {}
    for event in real_events(shared):
        real.setdefault(event["event"], set(event)).intersection_update(event)
    made = GitHub()
    made.open(at(0), "ana", "One", "", queue="infra")
    made.label(at(1), "ana", "infra#1", "lamp")
    made.label(at(2), "ana", "infra#1", "lamp", is_on=False)
    made.comment(at(3), "ana", "infra#1", "Hm.")
    made.assign(at(4), "ana", "infra#1", "ana")
    made.rename(at(5), "ana", "infra#1", "Two")
    made.close(at(6), "ana", "infra#1")
    made.reopen(at(7), "ana", "infra#1")
    made.set_milestone(at(8), "ana", "infra#1", "Winter")
    made.lock(at(9), "ana", "infra#1", "resolved")
    left_out = {"commit_id", "commit_url", "url", "author_association"}
    for event in made.issue("infra#1").timeline:
        assert real[event["event"]] - left_out <= set(served(event)), event["event"]


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 25_306_363_610])
def test_made_up_node_ids_hold_their_number(number: int) -> None:
    assert database_id(node_id("LE", 271_651_317, 5, number)) == str(number)


@pytest.mark.parametrize(
    "text", ["", "_", "x", "LE_", "LE_%%%", "EV_made9101", "MDEyOkxhYmVs", "LE_lADOEEET", "LE_gKE"]
)
def test_a_node_id_that_does_not_decode_stays_as_it_is(text: str) -> None:
    assert database_id(text) == text
