"""Lamphun as data: the province's own words and figures, and illustrations told apart from them."""
