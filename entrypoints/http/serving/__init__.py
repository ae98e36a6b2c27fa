"""The parts of the HTTP server: waitress, with limits, strict framing and a stop that drains."""
