"""Mailings: composed of blocks, addressed by role, promised for a moment."""
