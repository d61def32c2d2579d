"""partners: who takes part and who asked for what, and so who hears of which event, and why."""
