"""newswatch: watches news wires, keeps every version, tells each story once."""
