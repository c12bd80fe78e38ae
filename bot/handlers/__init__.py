"""What happens when somebody writes a command or taps a button: one file a topic."""
