"""PDF documents: covers, signature pages, and joining them in a process of its own."""
