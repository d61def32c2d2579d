"""Reads what the province keeps in spreadsheets: nothing is sent until the whole file is right."""
