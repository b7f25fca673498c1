"""Runs every generator: `python3 Scripts/generate/all.py --data DIR [--output ROOT]`."""

import coverage
import elements
import expectations
import iods
import packs
import pixel_areas
import private_elements
import profile
import profile_tests
import uids
import verification
import vocabularies
from common import arguments, write

GENERATORS = [
    elements, uids, private_elements, iods, vocabularies, profile, profile_tests, packs, pixel_areas, verification, expectations, coverage,
]

if __name__ == "__main__":
    options = arguments(__doc__)
    for generator in GENERATORS:
        for path, text in generator.generate(options.data).items():
            write(options.output, path, text)
