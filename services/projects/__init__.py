"""projects: what the province plans, what became of it, and the events that say so."""
