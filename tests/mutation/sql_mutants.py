"""Small changes of SQL, found by its tokens: enough grammar for DuckDB's queries as this project writes them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.mutation.mutant import Mutant

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^']|'')*')
    |(?P<word>"[^"]*"|\$?[A-Za-z_][A-Za-z_0-9]*)
    |(?P<number>\d+(?:\.\d+)?(?:e\d+)?)
    |(?P<sign>::|\|\||->>?|<=|>=|<>|!=|=>|:=|.)""",
    re.VERBOSE | re.DOTALL,
)
_HOLE = re.compile(r"(?P<hole>\{(?!\{)(?:[^{}]|\{[^{}]*\})*\})")  # what an f-string fills in
_PAIRS = (
    ("min", "max"), ("least", "greatest"), ("first", "last"), ("arg_min", "arg_max"), ("bool_and", "bool_or"),
    ("arg_min_null", "arg_max_null"), ("lag", "lead"), ("floor", "ceil"), ("first_value", "last_value"),
)  # fmt: skip
_FUNCTIONS = {name: other for pair in _PAIRS for name, other in (pair, pair[::-1])}
_WORDS = {"true": "false", "false": "true", "semi": "ANTI", "anti": "SEMI"}
_COMPARISONS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "=": ("<>",),
    "<>": ("=",),
    "!=": ("=",),
}
_CLAUSES = {"where", "having", "qualify", "on", "when", "if"}  # what follows is a condition, even without AND
_BREAKS = _CLAUSES | {
    *("select", "distinct", "from", "join", "left", "right", "inner", "semi", "anti", "cross", "asof", "full", "using"),
    *("group", "order", "by", "partition", "window", "rows", "range", "limit", "offset", "union", "all", "except"),
    *("intersect", "with", "as", "then", "else", "values", "for"),
}
_ENDS_LIST = {"order", "rows", "range", "qualify", "window", "union", "limit", "filter"}
_OPENS, _CLOSES = {"(", "[", "{", "case"}, {")", "]", "}", "end"}
_CHOICES = {"coalesce": 0, "ifnull": 0, "if": 1}  # functions that pick one of their arguments: from which one on
_OPERANDS = ("word", "number", "text", "hole")


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is not space: kind, its text, lower case, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower()


def mutants(source: str, pieces: Sequence[tuple[int, int]] | None = None, *, is_format: bool = False) -> list[Mutant]:
    """Every mutant of the SQL that stands in these pieces of the source, all of it by default.

    Several pieces are one query, as Python joins adjacent strings; is_format says that {braces} are an f-string's.
    """
    spans = [(0, len(source))] if pieces is None else pieces
    tokens = [token for start, end in spans for token in _tokens(source, start, end, is_format)]
    found = [*_swaps(tokens), *_signs(tokens), *_nulls(tokens), *_numbers(tokens), *_joins(tokens)]
    found += [*_conditions(source, tokens), *_choices(source, tokens), *_lists(tokens)]
    return sorted(set(found))


def _tokens(source: str, start: int, end: int, is_format: bool) -> Iterator[Token]:
    while start < end:
        match = (is_format and _HOLE.match(source, start, end)) or _TOKEN.match(source, start, end)
        assert match
        if match.lastgroup != "space":
            yield Token(str(match.lastgroup), match[0], match.start(), match.end())
        start = match.end()


def _swaps(tokens: list[Token]) -> Iterator[Mutant]:
    for n, token in enumerate(tokens):
        is_column = n > 0 and tokens[n - 1].text == "."
        is_function = n + 1 < len(tokens) and tokens[n + 1].text == "("
        others = () if is_column else _COMPARISONS.get(token.text) or (_WORDS.get(token.low),)
        if is_function and token.low in _FUNCTIONS:
            others = (_FUNCTIONS[token.low],)
        yield from (Mutant(token.start, token.end, other, "swapped") for other in others if other)


def _signs(tokens: list[Token]) -> Iterator[Mutant]:
    """Plus and minus, of two operands or of one; times and divided by."""
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        is_binary = before.kind in ("number", "hole") or before.text in ")]" or (
            before.kind in ("word", "text") and before.low not in _BREAKS | {"and", "or", "not", "in", "select"}
        )  # fmt: skip
        is_operand = after.kind in _OPERANDS or after.text == "("
        if token.text in "+-" and is_operand:
            other = {"+": "-", "-": "+"}[token.text] if is_binary else ""
            yield Mutant(token.start, token.end, other, "sign")
        if token.text in ("*", "/") and is_binary and is_operand and after.low not in _BREAKS:
            yield Mutant(token.start, token.end, {"*": "/", "/": "*"}[token.text], "sign")


def _nulls(tokens: list[Token]) -> Iterator[Mutant]:
    """IS with and without NOT, NOT left out, DISTINCT left out, DESC left out."""
    for n, token in enumerate(tokens):
        before = tokens[n - 1].low if n else ""
        after = tokens[n + 1].low if n + 1 < len(tokens) else ""
        if token.low == "is" and after != "not":
            yield Mutant(token.start, token.end, f"{token.text} NOT", "negated")
        if token.low == "not":
            yield Mutant(token.start, token.end, "", "negated")
        if token.low == "distinct" and before not in ("is", "not"):
            yield Mutant(token.start, token.end, "", "without DISTINCT")
        if token.low == "desc":
            yield Mutant(token.start, token.end, "ASC", "order")


def _numbers(tokens: list[Token]) -> Iterator[Mutant]:
    for token in tokens:
        if token.kind == "number" and token.text.isdigit():
            yield Mutant(token.start, token.end, str(int(token.text) + 1), "constant")
            if int(token.text):
                yield Mutant(token.start, token.end, str(int(token.text) - 1), "constant")
        elif token.kind == "number":
            yield Mutant(token.start, token.end, f"(2 * {token.text} + 1)", "constant")


def _joins(tokens: list[Token]) -> Iterator[Mutant]:
    for token, after in pairwise(tokens):
        if token.low == "left" and after.low == "join":
            yield Mutant(token.start, token.end, "INNER", "join")


# --- Conditions: each part of an AND made true, each part of an OR made false -----------------------------------------


def _conditions(source: str, tokens: list[Token]) -> Iterator[Mutant]:
    for is_clause, span in _spans(tokens):
        disjuncts = list(_split(span, "or"))
        for disjunct in disjuncts:
            conjuncts = list(_split(disjunct, "and"))
            if len(disjuncts) > 1:
                yield _made(disjunct, "false", source)
            if len(conjuncts) > 1 or (is_clause and len(disjuncts) == 1):
                yield from (_made(conjunct, "true", source) for conjunct in conjuncts)
        for joint in _joints(span):
            yield Mutant(joint.start, joint.end, {"and": "OR", "or": "AND"}[joint.low], "swapped")


def _made(part: Sequence[Token], value: str, source: str) -> Mutant:
    start, end = part[0].start, part[-1].end
    after = value if source[start:end].strip() != value else "NOT true"
    return Mutant(start, end, after, "left out")


def _spans(tokens: list[Token]) -> Iterator[tuple[bool, list[Token]]]:
    """Runs of tokens that may be a condition, what they nest included, and whether a clause begins each."""
    stack: list[tuple[bool, list[Token]]] = []
    is_clause, run = False, list[Token]()
    for n, token in enumerate(tokens):
        if token.low in _OPENS:
            stack.append((is_clause, [*run, token]))
            is_clause, run = False, []
        elif token.low in _CLOSES and stack:
            yield is_clause and bool(run), run
            (is_clause, outside), inside = stack.pop(), run
            run = [*outside, *inside, token]
        elif _breaks(token, run, tokens[n + 1 : n + 2]):
            yield is_clause and bool(run), run
            is_clause, run = token.low in _CLAUSES, []
        else:
            run.append(token)
    yield is_clause and bool(run), run


def _breaks(token: Token, run: list[Token], following: list[Token]) -> bool:
    """Does this token end a condition? Not in IS DISTINCT FROM, and `if` only where it is no function."""
    if token.low == "if" and following and following[0].text == "(":
        return False
    is_operator = bool(run) and run[-1].low in ("is", "not", "distinct") and token.low in ("distinct", "from")
    return token.text in (",", ";") or (token.kind == "word" and token.low in _BREAKS and not is_operator)


def _split(span: Sequence[Token], joint: str) -> Iterator[list[Token]]:
    """The parts between the ANDs, or the ORs, that are not nested."""
    part: list[Token] = []
    joints = {id(token) for token in _joints(span) if token.low == joint}
    for token in span:
        if id(token) in joints:
            if part:
                yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _joints(span: Sequence[Token]) -> Iterator[Token]:
    """Every AND and OR that is not nested, nor the AND of a BETWEEN."""
    depth, is_between = 0, False
    for token in span:
        depth += (token.low in _OPENS) - (token.low in _CLOSES)
        if depth == 0 and token.low in ("and", "or", "between"):
            if token.low != "between" and not is_between:
                yield token
            is_between = token.low == "between"


# --- Arguments and lists ----------------------------------------------------------------------------------------------


def _choices(source: str, tokens: list[Token]) -> Iterator[Mutant]:
    """coalesce(a, b) and if(c, a, b): each of what they choose from, alone."""
    for n, token in enumerate(tokens[:-1]):
        if token.low in _CHOICES and tokens[n + 1].text == "(":
            end, arguments = _arguments(tokens, n + 1)
            for argument in arguments[_CHOICES[token.low] :]:
                yield Mutant(token.start, end, source[argument[0].start : argument[-1].end], f"{token.low} decided")


def _arguments(tokens: list[Token], opening: int) -> tuple[int, list[list[Token]]]:
    """Where the parentheses close, and what stands between their commas."""
    depth, parts = 0, [list[Token]()]
    for token in tokens[opening:]:
        depth += (token.low in _OPENS) - (token.low in _CLOSES)
        if depth == 0:
            return token.end, [part for part in parts if part]
        if depth == 1 and token.text == ",":
            parts.append([])
        elif depth > 1 or token.text != "(" or parts[-1]:
            parts[-1].append(token)
    return tokens[-1].end, []


def _lists(tokens: list[Token]) -> Iterator[Mutant]:
    """IN (a, b) without one of them; a window or an aggregate that orders or parts by one thing less."""
    for n, token in enumerate(tokens[:-1]):
        if token.low == "in" and tokens[n + 1].text == "(":
            yield from _each_left_out(_arguments(tokens, n + 1)[1], "IN without one")
        if token.low in ("partition", "order") and tokens[n + 1].low == "by":
            yield from _each_left_out(_listed(tokens[n + 2 :]), f"{token.low} by one less")


def _listed(tokens: list[Token]) -> list[list[Token]]:
    """The items of a list that ends with its parentheses or its clause."""
    depth, parts = 0, [list[Token]()]
    for token in tokens:
        depth += (token.low in _OPENS) - (token.low in _CLOSES)
        if depth < 0 or (depth == 0 and token.low in _ENDS_LIST) or token.text == ";":
            break
        if depth == 0 and token.text == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _each_left_out(items: list[list[Token]], why: str) -> Iterator[Mutant]:
    for n, item in enumerate(items if len(items) > 1 else []):
        if n:
            yield Mutant(items[n - 1][-1].end, item[-1].end, "", why)
        else:
            yield Mutant(item[0].start, items[1][0].start, "", why)
