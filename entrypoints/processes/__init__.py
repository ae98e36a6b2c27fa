"""How processes of the service end: what signals do to them, and the way out."""
