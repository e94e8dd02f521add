"""The growth of the times from S to L as a picture, both scales logarithmic."""

from math import log10

from harness import cache

PATH = cache.ADDON / "static" / "description" / "bench.svg"
#: What is drawn: label, measure, figure, colour.
LINES = (
    ("plan(), nothing planned yet", "plan", "plan", "#8f3b76"),
    ("plan() again", "plan", "again", "#2a6f97"),
    ("floor: INSERT … SELECT of the same rows", "plan", "floor", "#8a8a8a"),
    ("refresh() of all snapshots", "refresh", "refresh", "#3a7d44"),
    ("OCA account_credit_control, decision run", "other", "other", "#c1121f"),
)
WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 300, 40, 50


def draw(results):
    """Write the picture; return its path, or None where there are not two sizes."""
    lines = []
    for label, measure, figure, colour in LINES:
        points = [
            (one["plan"]["open items"], one[measure][figure])
            for one in results.values()
            if one.get("plan") and one.get(measure, {}).get(figure)
        ]
        if len(points) > 1:
            lines.append((label, colour, points))
    if not lines:
        return None
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(_svg(lines), encoding="utf-8")
    return PATH


def _svg(lines):
    every = [point for _label, _colour, points in lines for point in points]
    low_x, high_x = _decades([x for x, _y in every])
    low_y, high_y = _decades([y for _x, y in every])
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x, y):
        return (
            LEFT + wide * (log10(x) - low_x) / (high_x - low_x),
            TOP + high * (high_y - log10(y)) / (high_y - low_y),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#22292d">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">Seconds by open items</text>',
    ]
    for power in range(low_x, high_x + 1):
        x, bottom = place(10**power, 10**low_y)
        parts.append(_rule(x, TOP, x, bottom))
        parts.append(_text(x, bottom + 18, f"{10**power:,}", "middle"))
    for power in range(low_y, high_y + 1):
        x, y = place(10**low_x, 10**power)
        parts.append(_rule(x, y, x + wide, y))
        parts.append(_text(x - 8, y + 4, f"{10.0**power:g} s", "end"))
    ends = _apart([place(*points[-1])[1] for _label, _colour, points in lines])
    for (label, colour, points), end in zip(lines, ends, strict=True):
        places = [place(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
            for x, y in places
        ]
        parts.append(_text(LEFT + wide + 12, end + 4, label, "start", colour))
    return "\n".join([*parts, "</svg>", ""])


def _decades(values):
    low, high = log10(min(values)), log10(max(values))
    return int(low // 1), max(int(-(-high // 1)), int(low // 1) + 1)


def _apart(heights, gap=17):
    """Move the labels so far down that none covers another."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    moved, last = list(heights), -gap
    for index in order:
        last = moved[index] = max(heights[index], last + gap)
    return moved


def _rule(x1, y1, x2, y2):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dde2e5"/>'


def _text(x, y, text, anchor, colour="#22292d"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
