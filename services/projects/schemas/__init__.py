"""The REST surface of projects as marshmallow schemas: what is taken, and what is answered."""
