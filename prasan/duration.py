"""Lengths of time on the command line: 0s, 15m, 8h, 90d."""

from __future__ import annotations

import re
from datetime import timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Duration(click.ParamType[timedelta]):
    """A length of time, `least` or longer."""

    name = "15m|8h|90d"

    def __init__(self, least: timedelta = timedelta()) -> None:
        self._least = least

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,5})([smhd])", str(value))
        length = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
        if length is None or length < self._least:
            self.fail(f"{value!r} → 15m, 8h, 90d", param, ctx)
        return length
