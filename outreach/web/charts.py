"""Charts as SVG made on the server: pure functions from figures to markup.

Positions along the width are percentages and heights are pixels, without a viewBox: so a chart
fills a phone and a desk alike while its words keep their size. Colours are CSS classes, so both
colour schemes work; what machines did is hatched, and so is what disclosure control hides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from outreach.web.filters import number

HIDDEN = "< 5"
"""What a hidden cell says; the threshold itself may be higher, which the page's caveat tells."""

HOURS = 72
_ROW_HEIGHT, _BAR_HEIGHT, _BAR_TOP = 48, 12, 24
_PLOT_HEIGHT, _PLOT_TOP, _AXIS_HEIGHT = 88, 30, 24
_PANEL_HEIGHT = _PLOT_TOP + _PLOT_HEIGHT + 14
_STUB = 10


@dataclass(frozen=True)
class BarRow:
    """One bar. ``value`` None is unknown, or hidden when ``note`` says so (``HIDDEN``).

    ``share_machine`` (0 to 1) is the part of the bar that is hatched; ``role_slug`` colours it.
    """

    label: str
    value: int | None
    share_machine: float = 0
    role_slug: str | None = None
    note: str | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether disclosure control keeps the figure back."""
        return self.value is None and self.note is not None


@dataclass(frozen=True)
class HourSeries:
    """Counts per hour since sending, at most 72; None is a hidden hour.

    ``machine`` counts what machines did in the same hours, on top of ``counts``.
    """

    label: str
    counts: Sequence[int | None]
    machine: Sequence[int] = ()
    role_slug: str | None = None

    @property
    def total(self) -> int:
        """The sum of the hours that are shown."""
        return sum(count or 0 for count in self.counts)

    def machine_at(self, hour: int) -> int:
        """What machines did in an hour."""
        return self.machine[hour] if hour < len(self.machine) else 0

    @property
    def peak(self) -> int:
        """The height of the tallest hour, machines included."""
        heights = ((count or 0) + self.machine_at(i) for i, count in enumerate(self.counts))
        return max(heights, default=0)


def bars(
    rows: Sequence[BarRow], *, name: str, title: str, description: str | None = None
) -> Markup:
    """Draw one horizontal bar per row, each labelled directly.

    ``name`` is unique on the page and makes the ids; ``title`` and ``description`` are what a
    screen reader says (without a description, the figures themselves).
    """
    longest = max((row.value or 0 for row in rows), default=0)
    body = _joined(_bar(row, i, longest, name) for i, row in enumerate(rows))
    said = description or ", ".join(f"{row.label}: {_said(row)}" for row in rows)
    return _svg(body, name=name, title=title, said=said, height=len(rows) * _ROW_HEIGHT)


def hours_chart(
    series: Sequence[HourSeries], *, name: str, title: str, description: str | None = None
) -> Markup:
    """Draw the first 72 hours after sending: one panel per series over a shared axis.

    Each panel has its own scale, since downloads are far fewer than visits.
    """
    panels = _joined(
        _panel(one, i * _PANEL_HEIGHT, name, second=i > 0) for i, one in enumerate(series)
    )
    bottom = len(series) * _PANEL_HEIGHT
    said = description or ", ".join(f"{one.label}: {number(one.total)}" for one in series)
    remarks = _remarks(series, name)
    body = panels + _axis(bottom) + _legend(remarks, bottom + _AXIS_HEIGHT)
    height = bottom + _AXIS_HEIGHT * (1 + len(remarks))
    return _svg(body, name=name, title=title, said=said, height=height)


def _svg(body: Markup, *, name: str, title: str, said: str, height: int) -> Markup:
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="100%" height="{height}"'
        ' aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{said}</desc>'
        "<defs>{patterns}</defs>{body}</svg>"
    ).format(
        height=max(height, 1),
        name=name,
        title=title,
        said=said,
        patterns=_patterns(name),
        body=body,
    )


def _patterns(name: str) -> Markup:
    return _pattern(f"{name}-machine", "chart-hatch") + _pattern(
        f"{name}-hidden", "chart-hatch-hidden"
    )


def _pattern(pattern_id: str, css: str) -> Markup:
    return Markup(
        '<pattern id="{id}" width="5" height="5" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><line class="{css}" x1="1" y1="0" x2="1" y2="5"/></pattern>'
    ).format(id=pattern_id, css=css)


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _tone(role_slug: str | None) -> str:
    return f" role-{role_slug}" if role_slug else ""


def _said(row: BarRow) -> str:
    figure = row.note if row.is_hidden else number(row.value)
    return f"{figure}"


# Bars


def _bar(row: BarRow, index: int, longest: int, name: str) -> Markup:
    top = index * _ROW_HEIGHT
    return _bar_words(row, top) + _bar_shape(row, top + _BAR_TOP, longest, name)


def _bar_words(row: BarRow, top: int) -> Markup:
    note = "" if row.is_hidden or not row.note else row.note
    return Markup(
        '<text class="chart-text" x="0" y="{y}">{label} '
        '<tspan class="chart-value" dx="4">{figure}</tspan>'
        ' <tspan class="chart-note" dx="4">{note}</tspan></text>'
    ).format(y=top + 16, label=row.label, figure=_said(row), note=note)


def _bar_shape(row: BarRow, top: int, longest: int, name: str) -> Markup:
    if row.is_hidden:
        return _rect(0, top, 6, _BAR_HEIGHT, fill=f"url(#{name}-hidden)")
    width = 100 * (row.value or 0) / longest if longest else 0
    by_machine = width * min(max(row.share_machine, 0), 1)
    whole = _rect(0, top, width, _BAR_HEIGHT, css=f"chart-fill{_tone(row.role_slug)}")
    if not by_machine:
        return whole
    hatch = f"url(#{name}-machine)"
    return whole + _rect(width - by_machine, top, by_machine, _BAR_HEIGHT, fill=hatch)


def _rect(
    x: float, y: float, width: float, height: float, *, css: str = "", fill: str = ""
) -> Markup:
    look = Markup('class="{}"').format(css) if css else Markup('fill="{}"').format(fill)
    return Markup('<rect x="{}%" y="{}" width="{}%" height="{}" {}/>').format(
        _short(x), _short(y), _short(width), _short(height), look
    )


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


# Hours


def _panel(series: HourSeries, top: int, name: str, *, second: bool) -> Markup:
    base = top + _PLOT_TOP + _PLOT_HEIGHT
    tone = _tone(series.role_slug) or (" chart-second" if second else "")
    columns = _joined(
        _column(series, hour, base, name, tone) for hour in range(min(len(series.counts), HOURS))
    )
    words = _panel_words(series, top, tone)
    return _grid(series, top) + columns + _line(base, "chart-base") + words


def _panel_words(series: HourSeries, top: int, tone: str) -> Markup:
    return Markup(
        '<text class="chart-text" x="0" y="{y}"><tspan class="chart-label{tone}">{label}</tspan>'
        ' <tspan class="chart-value" dx="4">{total}</tspan></text>'
    ).format(y=top + 14, tone=tone, label=series.label, total=number(series.total))


def _grid(series: HourSeries, top: int) -> Markup:
    if not series.peak:
        return Markup("")
    words = Markup(
        '<text class="chart-text chart-note chart-end" x="100%" y="{}">{} in an hour</text>'
    ).format(top + _PLOT_TOP - 4, number(series.peak))
    return _line(top + _PLOT_TOP, "chart-grid") + words


def _line(y: int, css: str) -> Markup:
    return Markup('<line class="{css}" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(css=css, y=y)


def _column(series: HourSeries, hour: int, base: int, name: str, tone: str) -> Markup:
    x, width, count = 100 * hour / HOURS, 80 / HOURS, series.counts[hour]
    if count is None:
        return _rect(x, base - _STUB, width, _STUB, fill=f"url(#{name}-hidden)")
    scale = _PLOT_HEIGHT / series.peak if series.peak else 0
    people, machine = count * scale, series.machine_at(hour) * scale
    css = f"chart-fill{tone}"
    solid = _rect(x, base - people, width, people, css=css) if people else Markup("")
    return solid + _machine_part(x, base - people - machine, width, machine, css, name)


def _machine_part(x: float, y: float, width: float, height: float, css: str, name: str) -> Markup:
    if not height:
        return Markup("")
    hatch = _rect(x, y, width, height, fill=f"url(#{name}-machine)")
    return _rect(x, y, width, height, css=css) + hatch


def _axis(top: int) -> Markup:
    marks = ((0, "sent", ""), (24, "+24 h", "chart-middle"), (48, "+48 h", "chart-middle"))
    return _joined(_mark(100 * hour / HOURS, top, text, css) for hour, text, css in marks) + _mark(
        100, top, "+72 h", "chart-end"
    )


def _mark(x: float, y: int, text: str, css: str) -> Markup:
    return Markup('<text class="chart-text chart-note {}" x="{}%" y="{}">{}</text>').format(
        css, _short(x), y + 4, text
    )


def _remarks(series: Sequence[HourSeries], name: str) -> list[tuple[str, Markup]]:
    by_machine = any(any(one.machine) for one in series)
    hidden = any(None in one.counts for one in series)
    solid = Markup('<rect class="chart-fill" y="{y}" width="14" height="10"/>')
    return [("by a machine", solid + _swatch(f"{name}-machine"))] * by_machine + [
        (f"{HIDDEN} in an hour, hidden", _swatch(f"{name}-hidden"))
    ] * hidden


def _swatch(pattern_id: str) -> Markup:
    return Markup('<rect fill="url(#{})" y="{{y}}" width="14" height="10"/>').format(pattern_id)


def _legend(remarks: list[tuple[str, Markup]], top: int) -> Markup:
    return _joined(
        swatch.format(y=y - 5)
        + Markup('<text class="chart-text chart-note" x="20" y="{}">{}</text>').format(y + 4, text)
        for y, (text, swatch) in zip(range(top, 9_999, _AXIS_HEIGHT), remarks, strict=False)
    )
