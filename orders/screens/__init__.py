"""The chapter's screens beside orders and customers, a module each."""
