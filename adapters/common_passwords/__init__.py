"""The password blocklist of three published lists. NOTICE names their authors and licences."""
