"""The world that the emulator keeps: users, chats, messages, updates, limits and faults."""
