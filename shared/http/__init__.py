"""The REST surface of a service: endpoints, requests, answers, and the endpoints that every service has."""

from shared.http.answers import Answer
from shared.http.endpoint import endpoint
from shared.http.request import IdempotencyKey, Request
from shared.http.standard import StandardEndpoints

__all__ = ["Answer", "IdempotencyKey", "Request", "StandardEndpoints", "endpoint"]
