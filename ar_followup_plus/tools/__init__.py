"""Helpers without a subject: transactions, PDFs, uploads, the customer's format."""
