"""The clients of the customer service over HTTP, for asyncio. They need h11."""
