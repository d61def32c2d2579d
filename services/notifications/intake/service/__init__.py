"""The roads by which mail comes, and the threads that work on it."""
