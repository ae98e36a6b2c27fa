"""A small client for the data path of DynamoDB, in place of botocore's."""
