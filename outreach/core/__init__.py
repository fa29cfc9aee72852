"""What every room stands on: configuration, database, keys, tokens, time. Knows no room."""
