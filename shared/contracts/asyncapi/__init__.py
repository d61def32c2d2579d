"""The events as others read them: an AsyncAPI 3.0 document and a catalogue, both made from the schemas.

`python -m shared.contracts.asyncapi` writes docs/events/; a test says when that is due.
"""
