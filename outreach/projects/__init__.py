"""Networks, calls, projects, their partners, and the lists one can subscribe to."""
