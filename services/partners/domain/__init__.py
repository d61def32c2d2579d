"""The rules of who is told and who is not: pure, without clock, database or framework."""
