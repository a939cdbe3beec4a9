"""The week as a file: made when somebody asks for it."""

from metrics.weekly_health import WeeklyHealth
from views._frame import View


def show(view: View, health: WeeklyHealth) -> None:
    """Buttons that save the page as it stands."""
