"""Pure decisions: what a tap means, who may do what, which model is meant."""
