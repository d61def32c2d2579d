"""The table at the end of a run: what was promised, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from tests.faults.checker import Findings

COLUMNS = ("changes", "deliveries", "lost", "unexpected", "doubled", "miscounted", "uncertain")


@dataclass
class Table:
    """One row for each scenario."""

    rows: dict[str, Findings] = field(default_factory=dict)

    def total(self) -> Findings:
        """All rows in one."""
        total = Findings()
        for findings in self.rows.values():
            for each in fields(Findings):
                setattr(total, each.name, getattr(total, each.name) + getattr(findings, each.name))
        return total

    def lines(self) -> list[str]:
        width = max([len(name) for name in self.rows] + [len("in all")])
        head = " " * width + "".join(f"{column:>12}" for column in COLUMNS)
        body = [_line(name, findings, width) for name, findings in self.rows.items()]
        return [head, *body, "-" * len(head), _line("in all", self.total(), width)]


def _line(name: str, findings: Findings, width: int) -> str:
    values = (getattr(findings, column) for column in COLUMNS)
    numbers = (value if isinstance(value, int) else len(value) for value in values)
    return f"{name:<{width}}" + "".join(f"{number:>12,}" for number in numbers)
