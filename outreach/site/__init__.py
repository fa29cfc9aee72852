"""Public pages that join several rooms: home, result, document, privacy."""
