"""Segments: rules over people, told in words, counted in SQL, with a third answer: unknown."""
