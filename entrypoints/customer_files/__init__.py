"""Files with many customers: read for an import, written by an export."""
