"""Corpora that can be built, a folder each: NAME/NAME.py says what it is, NAME/README.md goes into its card."""
