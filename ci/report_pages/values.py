"""Values of a JSON document that may be old, damaged or made by hand: the wrong type is none."""


def text(entry, key, default=""):
    value = entry.get(key)
    return value if isinstance(value, str) else default


def number(entry, key, default=0):
    value = entry.get(key)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Python's parser takes NaN and Infinity, which JSON does not have.
    return value if is_number and abs(value) < 1e300 else default


def mapping(entry, key):
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def entries(entry, key):
    """The objects of a list."""
    value = entry.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def numbers(values):
    """A row of numbers, or none where it is no such row."""
    if not isinstance(values, list):
        return []
    row = [number({"value": value}, "value", None) for value in values]
    return [] if None in row else row
