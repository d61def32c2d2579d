"""Real servers for tests, the demo and `make run`: start them with `stack.Stack`, or one by one."""
