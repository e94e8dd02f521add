"""The period of a statement of account, and how it is stored."""

from datetime import date
from typing import NamedTuple

STATEMENT_KINDS = [("open", "Open items"), ("activity", "Account activity")]


class Period(NamedTuple):
    """The kind and days of a statement."""

    kind: str = "open"
    #: The day of the statement; None: today, with all posted entries
    day: date | None = None
    #: The first day of the period of an activity statement
    first: date | None = None

    def to_json(self):
        """Return a period as it is stored."""
        return {
            "kind": self.kind,
            "day": self.day and self.day.isoformat(),
            "first": self.first and self.first.isoformat(),
        }

    @classmethod
    def from_json(cls, options):
        """Return a stored period.

        :raise ValueError: for a kind or day that a stored period cannot have
        """
        options = options or {}
        kind = options.get("kind", "open")
        if kind not in dict(STATEMENT_KINDS):
            raise ValueError(str(options))
        days = (options.get("day"), options.get("first"))
        return cls(
            kind or "open", *(day and date.fromisoformat(day) or None for day in days)
        )
