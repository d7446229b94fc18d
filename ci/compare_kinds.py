"""The table of all kinds, and the plot's data, from what kinds_bench measured.

usage: compare_kinds.py KINDS.json PLOT.data
"""

import collections
import json
import pathlib
import sys

SIZES = ["64", "4096", "65536"]
SECOND = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def read(path):
    """{what: {kind: {size: measurement}}}; one that failed is left out, and said."""
    found = collections.defaultdict(lambda: collections.defaultdict(dict))
    for run in json.loads(pathlib.Path(path).read_text())["benchmarks"]:
        what, kind, size = run["name"].split("/")[:3]
        if run.get("error_occurred"):
            print(f"not measured: {run['name']}: {run['error_message']}", file=sys.stderr)
            continue
        run["seconds"] = run["cpu_time"] * SECOND[run["time_unit"]]
        found[what][kind][size] = run
    return found


def rate(run):
    """Items a second, short."""
    if run is None:
        return "-"
    value = run["items_per_second"]
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def nanoseconds(run):
    return f"{run['seconds'] * 1e9:.0f}" if run else "-"


def row(kind, kinds):
    throughput = [rate(kinds["Throughput"][kind].get(size)) for size in SIZES]
    trip = kinds["RoundTrip"][kind].get("64")
    micros = f"{1e6 / trip['items_per_second']:.1f}" if trip else "-"
    one = kinds["OneThread"][kind].get("64")
    ratios = []
    for size in SIZES:
        ours, calls = kinds["OneThread"][kind].get(size), kinds["Bare"][kind].get(size)
        ratios.append(f"{ours['seconds'] / calls['seconds']:.2f}" if ours and calls else "-")
    return [kind, *throughput, micros, nanoseconds(one), *ratios]


HEAD = ["kind", "64 B", "4 KiB", "64 KiB", "round trip, us", "one thread, ns", "x bare, 64 B",
        "x bare, 4 KiB", "x bare, 64 KiB"]


def main():
    kinds = read(sys.argv[1])
    names = list(dict.fromkeys([*kinds["Throughput"], *kinds["RoundTrip"], *kinds["OneThread"]]))
    rows = [row(name, kinds) for name in names]
    print("| " + " | ".join(HEAD) + " |")
    print("|---" * len(HEAD) + "|")
    for cells in rows:
        print("| " + " | ".join(cells) + " |")
    lines = []
    for name in names:
        values = [kinds["Throughput"][name].get(size) for size in SIZES]
        trip = kinds["RoundTrip"][name].get("64")
        values.append(trip)
        numbers = [f"{run['items_per_second']:.6g}" if run else "NaN" for run in values]
        lines.append(f'"{name}" ' + " ".join(numbers))
    # The first kind on top.
    pathlib.Path(sys.argv[2]).write_text("\n".join(reversed(lines)) + "\n")


main()
