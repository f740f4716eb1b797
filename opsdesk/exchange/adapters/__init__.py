"""The ways out: each adapter tells one kind of receiver a message in the receiver's own terms."""
