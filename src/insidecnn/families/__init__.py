"""The families of CNNs: who made them, what each added, and small members that train in seconds."""
