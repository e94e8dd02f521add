"""The decision: who is contacted today, about what, and what comes next."""
