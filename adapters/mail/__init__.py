"""Notifications by e-mail: their texts, and the ways in which they are sent or printed."""
