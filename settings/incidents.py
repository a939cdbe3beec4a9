"""What makes a ticket an incident, a post-mortem or an action item, and which events are its milestones."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from settings.base import Table, TrackerPolicy
from settings.formats import EventField
from settings.presets import INCIDENT_PRESETS, MilestoneName
from settings.words import known_presets

Role = Literal["incident", "postmortem", "action"]
SECTIONS = (
    *("impact and scope", "trigger", "resolution", "timeline", "root cause", "what went well", "what did not*"),
    *("action items", "data and analysis"),
)
ASPIRATIONS = ("aspirational*", "nice to have*", "stretch*")
ROLES: tuple[Role, ...] = ("incident", "postmortem", "action")
_COMMENTS = ("comment", "note")


class Milestone(Table):
    """An event that stands for something having happened, such as the label `debrief held`.

    With `key`, a comment tells of it in a line of its own, such as `Mitigated: 2026-03-02T10:15Z`: it happened at the
    instant that stands there with its zone, or else when the comment was written.
    """

    field: EventField
    value: str | None = None  # a pattern with * and ?; without one, any value will do
    key: str | None = Field(default=None, pattern=r"^[^\s:](.*[^\s:])?$")  # the word before the colon, in any case
    when: Literal["event", "value"] = "event"  # when did it happen: at the event, or when the field's value says

    @model_validator(mode="after")
    def _one_way_of_telling(self) -> Self:
        if self.key is not None and self.field not in _COMMENTS:
            raise ValueError(f"key names a line of a comment; write field = 'comment' or 'note', not {self.field!r}")
        if self.key is not None and self.value is not None:
            raise ValueError("write either key (a line of the comment) or value (a pattern of all of it)")
        if self.when == "value" and not (self.field == "eta" or self.field.startswith("custom.")):
            raise ValueError(f"when = 'value' needs a field that holds an instant: custom.NAME, not {self.field!r}")
        if self.when == "value" and self.value is not None:
            raise ValueError("with when = 'value' the value is the instant itself; leave out the pattern")
        return self


class Mark(Table):
    """One way to recognise a ticket: everything written here must hold; of each list, one pattern must match.

    Patterns may use * and ? and mind no case. `priority` is our word, after [[priorities]]. `link` is a relation of the
    ticket, such as child_of, to an incident, or from an action item to a post-mortem.
    """

    type: list[str] = Field(default_factory=list)
    label: list[str] = Field(default_factory=list)
    project: list[str] = Field(default_factory=list)
    title: list[str] = Field(default_factory=list)
    priority: list[str] = Field(default_factory=list)
    link: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.patterns():
            raise ValueError(f"nothing to recognise a ticket by; write one of {', '.join(Mark.model_fields)}")
        return self

    def patterns(self) -> dict[str, list[str]]:
        """What is written: field to patterns."""
        return {field: patterns for field in Mark.model_fields if (patterns := getattr(self, field))}


class Review(Table):
    """What is promised after an incident, in days of 24 hours, and what its document has.

    A heading counts as a section if it begins with the section's words, in any case; * and ? are allowed. A line of
    plain text without a colon must be the words and nothing else.
    """

    priorities: list[str] = Field(default_factory=list)  # the incidents that need one; none named: all
    start_days: int = Field(default=2, ge=0)  # from the end of the incident to the post-mortem's beginning
    debrief_days: int = Field(default=7, ge=0)  # ... and to the debrief
    action_days: int = Field(default=30, ge=1)  # for an action item without a date of its own
    sections: list[str] = Field(default_factory=lambda: list(SECTIONS))  # that every document must have
    aspirational: list[str] = Field(
        default_factory=lambda: list(ASPIRATIONS)
    )  # sections or labels of what is no promise


class Incident(TrackerPolicy):
    """How incidents are told from other tickets. A list that is written takes the place of the presets'."""

    presets: list[str] = Field(default_factory=list)
    incident: list[Mark] | None = None
    postmortem: list[Mark] | None = None
    action: list[Mark] | None = None
    milestones: dict[MilestoneName, list[Milestone]] = Field(default_factory=dict)
    review: Review = Review()

    @model_validator(mode="after")
    def _recognises_incidents(self) -> Self:
        known_presets(self.presets, INCIDENT_PRESETS)
        if not self.presets and not self.incident:
            choice = ", ".join(INCIDENT_PRESETS)
            raise ValueError(f"say what makes an incident: incident = [{{ label = [...] }}], or presets among {choice}")
        if any(mark.link for mark in self.incident or []):
            raise ValueError("incident: link leads to an incident, so it cannot make one; use it under action")
        return self

    def definition(self) -> dict[str, Any]:
        """Marks by role and milestones by name, presets spelled out: those of several presets stand side by side."""
        presets = [INCIDENT_PRESETS[name] for name in self.presets]
        marks: dict[str, Any] = {}
        for role in ROLES:
            own: list[Mark] | None = getattr(self, role)
            shipped = [mark for preset in presets for mark in preset.get(role, [])]
            marks[role] = shipped if own is None else [mark.patterns() for mark in own]
        told: dict[str, list[dict[str, Any]]] = {}
        for preset in presets:
            for name, ways in preset["milestones"].items():
                told[name] = told.get(name, []) + [way for way in ways if way not in told.get(name, [])]
        told |= {
            name: [way.model_dump(exclude_defaults=True) for way in ways] for name, ways in self.milestones.items()
        }
        return {"marks": marks, "milestones": told, "review": self.review.model_dump()}
