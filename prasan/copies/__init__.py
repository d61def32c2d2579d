"""A person's copy of everything that is held about them: gathered from the three services, and readable."""
