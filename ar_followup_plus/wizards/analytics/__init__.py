"""Questions asked before a report of the analytics, and its rows."""
