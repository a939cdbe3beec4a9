"""A desk that only writes down what is done at it: for tests of the stories themselves, before any tracker has its
own way of keeping them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Done:
    at: datetime
    verb: str
    ticket: str
    said: tuple[Any, ...]  # who did it and with what, as the desk was told
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def who(self) -> str:
        return str(self.said[0])


@dataclass
class Recorder:
    now: datetime
    done: list[Done] = field(default_factory=list)
    people: dict[str, tuple[str, bool, str | None]] = field(default_factory=dict)
    tickets: int = 0

    def enrol(self, login: str, name: str, *, is_bot: bool = False, email: str | None = None) -> None:
        self.people[login] = (name, is_bot, email)

    def open(self, at: datetime, who: str, title: str, text: str, **more: Any) -> str:
        self.tickets += 1
        key = f"T{self.tickets}"
        self.done.append(Done(at, "open", key, (who, title, text), tuple(sorted(more.items()))))
        return key

    def hide(self, at: datetime, ticket: str) -> None:
        self.done.append(Done(at, "hide", ticket, ("",)))

    def show(self, at: datetime, ticket: str) -> None:
        self.done.append(Done(at, "show", ticket, ("",)))

    def disable(self, login: str) -> None:
        """Phorge's, and without an instant."""

    def archive_project(self, name: str) -> None:
        """Phorge's, and without an instant."""

    def __getattr__(self, verb: str) -> Callable[..., str]:
        def write_down(at: datetime, who: str, *what: Any, **more: Any) -> str:
            ticket, *rest = what or ("",)
            self.done.append(Done(at, verb, str(ticket), (who, *rest), tuple(sorted(more.items()))))
            return f"{verb}/{len(self.done)}"

        return write_down

    def of(self, verb: str) -> list[Done]:
        return [done for done in self.done if done.verb == verb]
