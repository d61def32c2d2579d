"""`make rehearse`: the deployment as an operator has it, run on a real container engine, and broken."""
