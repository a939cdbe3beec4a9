"""One small change of a source text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """The text [start, end) replaced by `after`; `why` says what kind of change it is."""

    start: int
    end: int
    after: str
    why: str

    def of(self, source: str) -> str:
        """The source with the change."""
        return source[: self.start] + self.after + source[self.end :]

    def described(self, source: str) -> str:
        """Line, before and after, each on one line."""
        before, after = (" ".join(text.split()) for text in (source[self.start : self.end], self.after))
        return f"{source.count(chr(10), 0, self.start) + 1}: {before or 'nothing'} → {after or 'nothing'} ({self.why})"
