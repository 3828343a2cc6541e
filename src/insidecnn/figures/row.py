"""A row of pixels to scale, and the windows of a layer below it."""

from insidecnn.arithmetic import output_size
from insidecnn.figures.network import Drawing

BAR, GAP = 10, 2  # of a window


def row(size: int, kernel_size: int, stride: int = 1, padding: int = 0, width: float = 640) -> Drawing:
    """One axis of an image with its padding; the windows lie in so many lanes that none covers another.

    What is in no window, at the far end or between windows, is crossed out.
    """
    count = output_size(size, kernel_size, stride, padding)
    total = size + 2 * padding
    unit = min(24, width / total)
    lanes = min(count, -(-kernel_size // stride))
    parts = [box("pad", 0, total * unit, 1, 24), box("image", padding * unit, size * unit, 1, 24)]
    for i in range(count):
        parts.append(box("window", i * stride * unit, kernel_size * unit - 1, 30 + i % lanes * (BAR + GAP), BAR))
        start = i * stride + kernel_size  # what follows, up to the next window or the end
        end = min((i + 1) * stride, total) if i + 1 < count else total
        if start < end:
            left, right = start * unit + 1, end * unit + 1
            parts.append(box("unread", left - 1, right - left, 1, 24))
            parts.append(
                f'<path class="unread" stroke="currentColor" d="M{left:g} 1L{right:g} 25M{left:g} 25L{right:g} 1"/>'
            )
    left_over = total - (count - 1) * stride - kernel_size
    alt = (
        f"A row of {size} pixels with {padding} of padding at each end, and below it {count} windows of {kernel_size} "
        f"pixels, {stride} apart; {left_over} left over at the far end."
    )
    wide, high = total * unit + 2, 30 + lanes * (BAR + GAP)
    svg = f'<svg class="pixel-row fits" viewBox="0 0 {wide:g} {high}" width="{wide:g}" height="{high}" aria-hidden="true">'
    return Drawing(f"{svg}{''.join(parts)}</svg>", alt)


def box(kind: str, x: float, width: float, y: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x + 1:g}" y="{y}" width="{width:g}" height="{height}" fill="none" stroke="currentColor"/>'
