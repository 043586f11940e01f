"""Small plots side by side as one SVG, without a library: what README shows of how cost grows."""
import math
from xml.sax.saxutils import escape

COLUMNS, WIDTH, HEIGHT = 3, 260, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 34, 42
INK, GRID, LINE = "#24292f", "#d0d7de", "#0969da"


def number(value):
    """As an axis names it."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def ceiling(value):
    """The least of 1, 2, 2.5, 5 times a power of ten that is no less."""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))



def panel(left, above, title, axis, rows, logarithmic):
    """One plot: medians as a line, smallest to largest as whiskers. The vertical axis begins at 0."""
    rows = sorted(rows, key=lambda row: row["x"])
    scale = math.log10 if logarithmic else float
    low, high = scale(rows[0]["x"]), scale(rows[-1]["x"])
    top = ceiling(max(row["max"] for row in rows))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    # A single point stands in the middle.
    x = lambda value: left + LEFT + (width * (0.04 + 0.92 * (scale(value) - low) / (high - low)) if high > low else width / 2)
    y = lambda value: above + TOP + height * (1 - value / top)
    parts = [f'<text x="{left + WIDTH / 2:.1f}" y="{above + 18}" text-anchor="middle" font-weight="600">{escape(title)}</text>']
    for step in range(5):
        at, value = y(top * step / 4), top * step / 4
        parts.append(f'<line x1="{left + LEFT}" y1="{at:.1f}" x2="{left + WIDTH - RIGHT}" y2="{at:.1f}" stroke="{GRID}"/>')
        parts.append(f'<text x="{left + LEFT - 6}" y="{at + 3.5:.1f}" text-anchor="end">{value:g}</text>')
    for row in rows:
        at = x(row["x"])
        parts.append(f'<text x="{at:.1f}" y="{above + HEIGHT - BOTTOM + 15}" text-anchor="middle">{number(row["x"])}</text>')
        parts.append(f'<line x1="{at:.1f}" y1="{y(row["min"]):.1f}" x2="{at:.1f}" y2="{y(row["max"]):.1f}" stroke="{LINE}"/>')
    points = " ".join(f'{x(row["x"]):.1f},{y(row["median"]):.1f}' for row in rows)
    parts.append(f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    parts += [f'<circle cx="{x(row["x"]):.1f}" cy="{y(row["median"]):.1f}" r="3" fill="{LINE}"/>' for row in rows]
    parts.append(
        f'<text x="{left + LEFT + width / 2:.1f}" y="{above + HEIGHT - 8}" text-anchor="middle">{escape(axis)}</text>')
    return parts


def draw(panels):
    """`panels`: title, words of the horizontal axis, rows with `x`, `median`, `min` and `max`, whether that axis is logarithmic."""
    width, height = WIDTH * min(COLUMNS, len(panels)), HEIGHT * -(-len(panels) // COLUMNS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="11" fill="{INK}">',
        f'<rect width="{width}" height="{height}" fill="white"/>']
    for place, (title, axis, rows, logarithmic) in enumerate(panels):
        row, column = divmod(place, COLUMNS)
        parts += panel(column * WIDTH, row * HEIGHT, title, axis, rows, logarithmic)
    return "\n".join(parts + ["</svg>"]) + "\n"
