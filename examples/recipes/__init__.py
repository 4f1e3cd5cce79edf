"""Tables of papers, PAPER/TABLE.yaml each, installed as a part of the package."""
