"""Small changes of a Python file: of its own operators and constants, and of the SQL in its strings.

Positions are those of the syntax tree, so that a mutant is the source with one small piece replaced: what stands in
annotations and docstrings is left alone.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

from tests.mutation import sql_mutants
from tests.mutation.mutant import Mutant

_SQL = re.compile(
    r"\b(SELECT|FROM|WHERE|JOIN|FILTER|OVER|QUALIFY|GROUP BY|ORDER BY|CASE|AND|OR|IS NULL|IS NOT|AS|IN)\b|::[A-Z]"
    r"|\b(count|sum|min|max|coalesce|epoch_us|arg_min|arg_max)\("
)
_ASKS = {"select", "aggregate", "filter", "order", "sql", "execute", "query"}  # methods that take SQL
_LITERAL = re.compile(r"""(?P<prefix>[rbfuRBFU]*)(?P<quote>\"{3}|'{3}|"|')(?P<body>(?:\\.|.)*?)(?P=quote)""", re.DOTALL)
_SILENT = {"strict", "slots", "frozen", "infer_schema_length"}  # keyword arguments that change no answer
_OPERATORS: dict[type[ast.AST], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
    ast.And: ("and", ("or",)),
    ast.Or: ("or", ("and",)),
    ast.Add: ("+", ("-",)),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("/",)),
    ast.Div: ("/", ("*",)),
    ast.FloorDiv: ("//", ("*",)),
    ast.Mod: ("%", ("*",)),
    ast.BitAnd: ("&", ("|",)),
    ast.BitOr: ("|", ("&",)),
}
_NAMES = {name: other for pair in (
    ("min", "max"), ("first", "last"), ("any", "all"), ("min_horizontal", "max_horizontal"),
    ("any_horizontal", "all_horizontal"), ("is_null", "is_not_null"), ("arg_min", "arg_max"),
    ("cum_min", "cum_max"), ("floor", "ceil"),
) for name, other in (pair, pair[::-1])}  # fmt: skip
_WORDS: dict[str, dict[Any, str]] = {  # keyword arguments whose words decide
    "closed": {"left": "right", "right": "left", "both": "left", "none": "both"},
    "how": {"left": "inner", "inner": "left", "semi": "anti", "anti": "semi"},
    "strategy": {"backward": "forward", "forward": "backward"},
    "keep": {"first": "last", "last": "first"},
    "side": {"left": "right", "right": "left"},
}


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a Python file, in the order of the file."""
    return sorted(set(_Finder(source).found()))


class _Finder:
    """Walks the syntax tree of one source."""

    def __init__(self, source: str) -> None:
        self._source, self._tree = source, ast.parse(source)
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._texts = source.splitlines(keepends=True)

    def found(self) -> Iterator[Mutant]:
        nodes = list(_that_matter(self._tree))
        asked = {id(node.args[0]) for node in nodes if isinstance(node, ast.Call) and node.args and _is_question(node)}
        for node in nodes:
            if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                yield from self._sql(node, id(node) in asked)
            elif isinstance(node, ast.expr):
                yield from self._expression(node)
            elif isinstance(node, ast.AugAssign):
                yield from self._operators([node.target, node.value], [node.op])
            elif isinstance(node, ast.keyword):
                yield from self._keyword(node)

    def _expression(self, node: ast.expr) -> Iterator[Mutant]:
        match node:
            case ast.Compare():
                yield from self._operators([node.left, *node.comparators], node.ops)
            case ast.BoolOp():
                yield from self._operators(node.values, [node.op] * (len(node.values) - 1))
            case ast.BinOp():
                yield from self._operators([node.left, node.right], [node.op])
            case ast.UnaryOp():
                yield from self._unary(node)
            case ast.Constant():
                yield from self._constant(node)
            case ast.Attribute(attr=name) if name in _NAMES:
                _, end = self._span(node)
                yield Mutant(end - len(name), end, _NAMES[name], "swapped")
            case ast.Call(func=ast.Name(id=name) as called) if name in _NAMES:
                yield Mutant(*self._span(called), _NAMES[name], "swapped")

    def _keyword(self, node: ast.keyword) -> Iterator[Mutant]:
        if isinstance(node.value, ast.Constant) and (other := _WORDS.get(node.arg or "", {}).get(node.value.value)):
            yield Mutant(*self._span(node.value), f'"{other}"', "swapped")

    def _span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """Where in the text; the syntax tree counts bytes."""
        return self._lines[line - 1] + len(self._texts[line - 1].encode()[:column].decode())

    def _sql(self, node: ast.expr, is_asked: bool) -> Iterator[Mutant]:
        """The mutants of the query in a string, or in adjacent strings, that is one."""
        found = list(_LITERAL.finditer(self._source, *self._span(node)))
        if is_asked or any(_SQL.search(literal["body"]) for literal in found):
            pieces = [literal.span("body") for literal in found]
            yield from sql_mutants.mutants(self._source, pieces, is_format=isinstance(node, ast.JoinedStr))

    def _operators(self, operands: list[ast.expr], operators: list[Any]) -> Iterator[Mutant]:
        """Each operator stands between two operands, perhaps with parentheses about it."""
        for before, after, operator in zip(operands, operands[1:], operators, strict=False):
            sign, others = _OPERATORS.get(type(operator), ("", ()))
            (_, start), (end, _) = self._span(before), self._span(after)
            place = self._source.find(sign, start, end) if sign else -1
            for other in others if place >= 0 else ():
                yield Mutant(place, place + len(sign), other, "swapped")

    def _unary(self, node: ast.UnaryOp) -> Iterator[Mutant]:
        length = {ast.Not: 3, ast.Invert: 1, ast.USub: 1}.get(type(node.op), 0)
        start, _ = self._span(node)
        if length:
            yield Mutant(start, start + length, "", "negated")

    def _constant(self, node: ast.Constant) -> Iterator[Mutant]:
        match node.value:
            case bool():
                yield Mutant(*self._span(node), str(not node.value), "constant")
            case int():
                yield Mutant(*self._span(node), str(node.value + 1), "constant")
                yield Mutant(*self._span(node), str(node.value - 1), "constant")
            case float():
                yield Mutant(*self._span(node), f"{node.value * 2 or 1.0}", "constant")


def _is_question(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _ASKS


def _that_matter(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below but annotations, decorators, docstrings and what stands in an f-string's braces."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list") or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            is_silent = isinstance(child, ast.keyword) and child.arg in _SILENT
            if isinstance(child, ast.AST) and not is_docstring and not is_silent:
                yield child
                yield from _that_matter(child)
