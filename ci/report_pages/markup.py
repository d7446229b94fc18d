"""HTML from text that nobody vouches for: payloads, sanitizer reports, reasons."""

import html
import re

# What neither HTML nor XML 1.0 may hold: control characters, surrogates, non-characters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# They would turn the text around them, or hide it.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean(value):
    """The text with what cannot be shown replaced by a mark that can."""
    return INVISIBLE.sub("\N{REPLACEMENT CHARACTER}",
                         FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(value)))


def esc(value):
    return html.escape(clean(value), quote=True)


def clipped(text, characters_max):
    """Both ends of what is too long for a page of many."""
    if len(text) <= characters_max:
        return text
    half = characters_max // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n... {left_out} characters left out ...\n{text[-half:]}"


def anchor(*parts):
    """An id that is the same for the same parts, and no other's."""
    words = [re.sub(r"[^A-Za-z0-9_.-]", lambda m: f"~{ord(m[0]):x}~", str(part)) for part in parts]
    return "-".join(words)


def attributes(pairs):
    return "".join(f' {key.rstrip("_").replace("_", "-")}="{esc(value)}"'
                   for key, value in pairs.items() if value is not None)


def tag(name, *content, **pairs):
    """<name attributes>content</name>; the content is markup already."""
    return f"<{name}{attributes(pairs)}>{''.join(content)}</{name}>"


def short(value):
    """1234567 -> 1.23M: three digits say enough beside others."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def grouped(value):
    """1234567 -> 1 234 567, with spaces that do not break the line."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def plural(count, noun):
    return f"{grouped(count)} {noun}{'' if count == 1 else 's'}"


def duration(seconds):
    seconds = max(0, seconds)
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min {int(seconds % 60)} s"


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"
