"""Linear maps between two vector spaces: `muse` is `muse.py`, whose class holds the method's settings.

found = Muse(refinements=5).fit(english, chinese, seed=0)
scores = precision(found, english, chinese, gold_rows(dictionary, english_words, chinese_words))
"""

SHARED = ("csls", "induction", "linear_map")
