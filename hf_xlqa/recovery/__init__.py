"""Answers found again in a changed context, one method a file, and what became of each.

Every method is `NAME(context, answer, hint)`, with the proportional position of the answer in the
unchanged context as the hint, and returns a `Recovery` or None.
"""

SHARED = ("best", "recovery", "report", "tags")
