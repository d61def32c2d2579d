"""What a mail is and what its sender wants: pure functions of its bytes."""
