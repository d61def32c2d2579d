"""Where notifications keeps what it knows: pymongo adapters behind the application's ports."""
