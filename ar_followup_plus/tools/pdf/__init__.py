"""PDF documents: covers, signature pages, and joining them in a separate process."""
