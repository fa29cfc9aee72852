"""People by role: who they are, what they agreed to, and who must not be mailed."""
