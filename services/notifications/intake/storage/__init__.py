"""What came in, what was wanted, and what was answered: collections of the notifications database."""
