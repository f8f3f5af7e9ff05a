# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What sections find out: tables, targets, lines of plots; and the files they end up in."""
import json
import os


class Target:
    """A figure that must be at least, or at most, a limit. A figure of None was not measured; `why` says why not."""

    def __init__(self, section, what, figure, limit, at_most=False, why="", reach=None):
        self.section, self.what, self.figure, self.limit, self.at_most, self.why = section, what, figure, limit, at_most, why
        self.reach = reach  # what would be better still

    def outcome(self):
        if self.figure is None:
            return "not measured"
        return "met" if (self.figure <= self.limit if self.at_most else self.figure >= self.limit) else "missed"

    def row(self):
        limit = ("≤ " if self.at_most else "≥ ") + "%g" % self.limit + (" (reach for %g)" % self.reach if self.reach else "")
        figure = self.why if self.figure is None else "%.3g" % self.figure
        return [self.section, self.what, limit, figure, self.outcome()]


class Section:
    """One section of the report."""

    def __init__(self, name, title):
        self.name, self.title = name, title
        self.notes, self.tables, self.targets, self.raw = [], [], [], []
        self.shares = {}  # of peak: {(kind of problem): {implementation: {length: share}}}
        self.times = {}  # {line: {length: seconds}}

    def note(self, text):
        self.notes.append(text)

    def table(self, columns, rows):
        self.tables.append((columns, rows))

    def target(self, what, figure, limit, **more):
        self.targets.append(Target(self.name, what, figure, limit, **more))

    def share(self, kind, implementation, length, share):
        if share is not None:
            self.shares.setdefault(kind, {}).setdefault(implementation, {})[length] = share


def markdown_table(columns, rows):
    cells = [[str(cell) for cell in row] for row in [columns, *rows]]
    widths = [max(len(row[c]) for row in cells) for c in range(len(columns))]
    line = lambda row: "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
    return "\n".join([line(cells[0]), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, cells[1:])])


TARGET_COLUMNS = ["section", "what", "target", "figure", "outcome"]


def markdown(machine, sections, plots):
    parts = ["# Comparison\n\nWritten by `tools/compare`; `tools/comparison/README.md` says how each figure is measured."]
    parts.append(markdown_table(["machine", ""], machine))
    parts.append("## Targets\n\n" + markdown_table(TARGET_COLUMNS, [target.row() for s in sections for target in s.targets]))
    for section in sections:
        parts.append("## " + section.title)
        parts += section.notes
        parts += [markdown_table(columns, rows) for columns, rows in section.tables]
    if plots:
        parts.append("## Plots\n\n" + "\n\n".join("![%s](%s)" % (title, file) for title, file in plots))
    return "\n\n".join(parts) + "\n"


def write(directory, machine, sections, plots):
    with open(os.path.join(directory, "comparison.md"), "w") as file:
        file.write(markdown(machine, sections, plots))
    raw = {"machine": dict(machine), "sections": {s.name: {"notes": s.notes, "results": s.raw} for s in sections},
           "targets": [dict(section=b.section, what=b.what, limit=b.limit, at_most=b.at_most, figure=b.figure, outcome=b.outcome(),
                         why=b.why) for s in sections for b in s.targets]}
    with open(os.path.join(directory, "comparison.json"), "w") as file:
        json.dump(raw, file, indent=1)


def draw(directory, sections):
    """Plots as [(title, file name)]. Raises ImportError without matplotlib."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    plots = []

    def plot(name, title, ylabel, lines, log):
        figure, axes = pyplot.subplots(figsize=(7, 4.5))
        for label, points in lines.items():
            lengths = sorted(points)
            axes.plot(lengths, [points[length] for length in lengths], marker="o", label=label)
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted({length for points in lines.values() for length in points}))
        axes.get_xaxis().set_major_formatter(matplotlib.ticker.ScalarFormatter())
        if log:
            axes.set_yscale("log")
        else:
            axes.set_ylim(0, 1)
        axes.set(xlabel="length (queries and keys)", ylabel=ylabel, title=title)
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(os.path.join(directory, name + ".svg"), bbox_inches="tight")
        pyplot.close(figure)
        plots.append((title, name + ".svg"))

    shares, times = {}, {}
    for section in sections:
        for kind, lines in section.shares.items():
            for implementation, points in lines.items():
                shares.setdefault(kind, {}).setdefault(implementation, {}).update(points)
        times.update(section.times)
    for kind, lines in shares.items():
        plot("share_" + kind.replace(", ", "_").replace(" ", "_"), "Share of FMA peak: " + kind, "share of FMA peak", lines, log=False)
    if times:
        plot("skipping", "Causal ALiBi with and without skipping", "seconds", times, log=True)
    return plots
