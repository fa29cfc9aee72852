"""Questions readers ask, the answers they get, and what is worth telling everybody."""
