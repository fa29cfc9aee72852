"""Hits of letters and pages: counted honestly, by role, without following people."""
