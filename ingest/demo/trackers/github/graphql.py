"""The made-up GitHub's GraphQL: a real engine over the public schema's names, with GitHub's own limits and errors."""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import graphql
from graphql import GraphQLError, GraphQLSchema
from graphql.language import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from ingest.demo.trackers.github.limits import JSON_TYPE
from ingest.demo.trackers.github.people import Asked
from ingest.demo.trackers.github.views import Root, issue
from ingest.demo.trackers.wire import Request, Response

if TYPE_CHECKING:
    from ingest.demo.trackers.github import GitHub

TIMEOUT = Response(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})


def answer(github: "GitHub", request: Request) -> Response:
    """One question. Whatever is wrong with it, the status is 200, unless it takes too long."""
    asked = json.loads(request.body)
    schema, variables = schema_without(github.hide_types), asked.get("variables") or {}
    document, complaints = _understood(github.hide_types, asked["query"])
    if document is None:
        return _told({"errors": [_described(error) for error in complaints]})
    points = cost(document, variables)
    if not github.limits.is_off:
        github.limits.spend("graphql", points, github.now)
    context = Asked(github, points, issue)
    result = graphql.execute_sync(schema, document, Root(context), context, variables)
    if github.heavy is not None and context.timelines > github.heavy:
        return TIMEOUT
    if context.is_unbearable:
        return TIMEOUT
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_described(error) for error in result.errors]
    return _told(body)


@lru_cache(64)
def _understood(hidden: tuple[str, ...], text: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """The same few questions come again and again, and to check one takes longer than to answer it."""
    try:
        document = graphql.parse(text, no_location=True)
    except GraphQLError as error:
        return None, [error]
    complaints = graphql.validate(schema_without(hidden), document)
    return None if complaints else document, complaints


def _told(body: Mapping[str, Any]) -> Response:
    return Response(200, json.dumps(body).encode(), JSON_TYPE)


def _described(error: GraphQLError) -> dict[str, Any]:
    """GitHub puts the kind of an error beside its message."""
    kind = (error.extensions or {}).get("type")
    locations = [{"line": place.line, "column": place.column} for place in error.locations or []]
    told: dict[str, Any] = {"message": error.message, "locations": locations}
    return ({"type": kind} if kind else {}) | ({"path": error.path} if error.path else {}) | told


@cache
def schema_without(hidden: tuple[str, ...]) -> GraphQLSchema:
    """The schema of a server that does not know these types. Its list of item types may name them all the same."""
    text = files("ingest.demo.trackers.github").joinpath("schema.graphql").read_text(encoding="utf-8")
    document = graphql.parse(text, no_location=True)
    kept = [_without(definition, hidden) for definition in document.definitions if _name(definition) not in hidden]
    return graphql.build_ast_schema(DocumentNode(definitions=tuple(kept)))


def _name(definition: Any) -> str:
    return str(definition.name.value)


def _without(definition: DefinitionNode, hidden: tuple[str, ...]) -> DefinitionNode:
    changed: dict[str, Any] = {key: getattr(definition, key) for key in definition.keys}
    if isinstance(definition, graphql.UnionTypeDefinitionNode):
        changed["types"] = tuple(member for member in definition.types or () if _name(member) not in hidden)
    elif isinstance(definition, graphql.ObjectTypeDefinitionNode | graphql.InterfaceTypeDefinitionNode):
        changed["fields"] = tuple(field for field in definition.fields or () if _base(field.type) not in hidden)
        changed["interfaces"] = tuple(one for one in definition.interfaces or () if _name(one) not in hidden)
    else:
        return definition
    return type(definition)(**changed)


def _base(kind: Any) -> str:
    while not hasattr(kind, "name"):
        kind = kind.type
    return _name(kind)


def cost(document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """Points, by GitHub's rule: the requests it takes to fill every connection, a hundred to the point."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return max(1, round(_requests(operation.selection_set, 1, fragments, variables) / 100))


def _requests(
    selections: SelectionSetNode | None,
    times: int,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> int:
    total = 0
    for node in selections.selections if selections else ():
        if isinstance(node, FragmentSpreadNode):
            total += _requests(fragments[node.name.value].selection_set, times, fragments, variables)
        elif isinstance(node, InlineFragmentNode):
            total += _requests(node.selection_set, times, fragments, variables)
        elif isinstance(node, FieldNode):
            size = _size(node, variables)
            total += times if size else 0
            total += _requests(node.selection_set, times * (size or 1), fragments, variables)
    return total


def _size(node: FieldNode, variables: Mapping[str, Any]) -> int:
    for argument in node.arguments or ():
        if argument.name.value in ("first", "last", "ids"):
            value = argument.value
            given = variables.get(value.name.value) if isinstance(value, VariableNode) else None
            if isinstance(value, IntValueNode):
                given = int(value.value)
            return len(given) if isinstance(given, list) else int(given or 0)
    return 0
