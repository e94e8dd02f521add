"""The decision: today's contacts, their items, and the next contact."""
