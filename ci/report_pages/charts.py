"""Lines over time as SVG, small enough to stand beside others."""

from report_pages.markup import esc, short

WIDTH, HEIGHT = 300, 120
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 10, 22


def scale(low, high, begin, end):
    span = high - low
    return lambda value: begin + (end - begin) * ((value - low) / span if span else 0.5)


def line_chart(ident, title, points, unit_x, name_y):
    """`points` are pairs that rise in x. Both axes say where they begin and end."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low, high = min(ys), max(ys)
    if low == high:
        low = 0
    at_x = scale(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    at_y = scale(low, high, HEIGHT - BOTTOM, TOP)
    path = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in points)
    described = (f"{name_y} from {short(ys[0])} at {short(xs[0])} {unit_x} to {short(ys[-1])} "
                 f"at {short(xs[-1])} {unit_x}, in {len(points)} points")
    floor = HEIGHT - BOTTOM
    return (
        f'<svg class="chart" role="img" aria-labelledby="{ident}-t {ident}-d" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<title id="{ident}-t">{esc(title)}</title><desc id="{ident}-d">{esc(described)}</desc>'
        f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}"/>'
        f'<text class="tick-y" x="{LEFT - 5}" y="{TOP + 5}">{esc(short(high))}</text>'
        f'<text class="tick-y" x="{LEFT - 5}" y="{floor + 3}">{esc(short(low))}</text>'
        f'<text class="tick-x" x="{LEFT}" y="{HEIGHT - 6}">{esc(short(xs[0]))}</text>'
        f'<text class="tick-end" x="{WIDTH - RIGHT}" y="{HEIGHT - 6}">{esc(short(xs[-1]))} '
        f'{esc(unit_x)}</text>'
        f'<polyline class="line" points="{path}"/>'
        f'<circle class="last" cx="{at_x(xs[-1]):.1f}" cy="{at_y(ys[-1]):.1f}" r="2.5"/></svg>')


def share_bar(part, whole):
    """A bar beside a number that says the same, so it is hidden from readers of the screen."""
    width = 100 * part / whole if whole else 0
    return (f'<svg class="share" aria-hidden="true" viewBox="0 0 100 8" width="100" height="8" '
            f'preserveAspectRatio="none"><rect class="all" width="100" height="8"/>'
            f'<rect class="part" width="{width:.1f}" height="8"/></svg>')
