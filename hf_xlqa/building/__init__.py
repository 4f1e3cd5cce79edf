"""Corpora built from others: read, changed, written in shards as parquet with a card, published."""
