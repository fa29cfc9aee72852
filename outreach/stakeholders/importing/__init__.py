"""Importing people from a file: read, map, understand, plan, apply; the same on web and command
line. Anything unexpected in a file is refused with a reason; nothing of it is half applied."""
