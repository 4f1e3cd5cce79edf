"""Reading, checking and naming of corpora."""
