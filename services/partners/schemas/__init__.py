"""marshmallow schemas of the REST surface, which also make its OpenAPI document."""
