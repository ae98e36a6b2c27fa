"""The session check as a Lambda authorizer of Amazon API Gateway."""
