"""What a referral costs, and what it is expected to bring. Pure Python."""
