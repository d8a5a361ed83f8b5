"""What the server answers, as an OpenAPI 3.1 document that is made from its routes."""
