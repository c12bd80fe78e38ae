"""The chat: settings, composition root, handlers, screens, jobs and the command line."""
