"""The made world: things whose class, place and outline are known, because they are drawn here."""
