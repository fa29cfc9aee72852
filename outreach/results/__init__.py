"""What projects found, and the documents that tell it."""
