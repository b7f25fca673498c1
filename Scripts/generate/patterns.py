"""Regular expressions of the words: what a slip of the pen makes of one, as `cordon test --mutate` does, and texts that tell.

Knows what `Rules/packs/words.csv` uses: letters, escapes, classes, groups, alternatives, `?`, `*` and `+`.
"""

import itertools
import re

MOST = 400


class Pattern:
    def __init__(self, source):
        self.source = source
        self.slips = []  # (name, source without what is forgotten)
        self.position = 0
        self.tree = self.alternatives()
        assert self.position == len(source), source[self.position:]

    def forget(self, start, end, shown=None):
        shown = shown or (start, end)
        name = f"its pattern at {shown[0] + 1} without `{self.source[shown[0]:shown[1]]}`"
        self.slips.append((name, self.source[:start] + self.source[end:]))

    def alternatives(self):
        spans, sequences = [], []
        while True:
            start = self.position
            sequences.append(self.sequence())
            spans.append((start, self.position))
            if self.position == len(self.source) or self.source[self.position] != "|":
                break
            self.position += 1
        if len(spans) > 1:
            for number, (start, end) in enumerate(spans):
                self.forget(*((start, end + 1) if number == 0 else (start - 1, end)), (start, end))
        return sequences

    def sequence(self):
        parts = []
        while self.position < len(self.source) and self.source[self.position] not in "|)":
            texts = self.part()
            if self.position < len(self.source) and self.source[self.position] in "?*":
                self.position += 1
                texts = texts + [""]
            elif self.position < len(self.source) and self.source[self.position] == "+":
                self.position += 1
            parts.append(texts)
        return ["".join(texts) for texts in itertools.islice(itertools.product(*parts), MOST)]

    def part(self):
        character = self.source[self.position]
        self.position += 1
        if character == "(":
            if self.source.startswith("?:", self.position):
                self.position += 2
            texts = list(itertools.chain(*self.alternatives()))
            self.position += 1
            return texts
        if character == "[":
            end = self.source.index("]", self.position + 1)
            members, self.position = self.source[self.position:end], end + 1
            return [members[0]] + ([members[-1]] if len(members) > 1 else [])
        if character == "\\":
            escaped = self.source[self.position]
            self.position += 1
            if escaped == "b":
                self.forget(self.position - 2, self.position)
                return [""]
            return [" "] if escaped == "s" else [escaped]
        assert character not in "^$.{", self.source
        return [character]


def telling(source):
    """Texts that tell each slip of a pattern from it: those that it finds, those that it must not find; and the names of the
    slips that no text tells, since another alternative finds the same."""
    pattern = Pattern(source)
    ours = re.compile(source, re.I)
    texts = list(dict.fromkeys(itertools.chain(*pattern.tree)))
    near = [f"x{text}" for text in texts] + [f"{text}x" for text in texts]
    found, silent, untold = [], [], []
    for name, changed in pattern.slips:
        slip = re.compile(changed, re.I)
        if any(not slip.search(text) for text in found) or any(slip.search(text) for text in silent):
            continue
        text = next((text for text in texts if ours.search(text) and not slip.search(text)), None)
        if text is not None:
            found.append(text)
            continue
        text = next((text for text in near if slip.search(text) and not ours.search(text)), None)
        if text is None:
            untold.append(name)
        else:
            silent.append(text)
    return found, silent, untold
