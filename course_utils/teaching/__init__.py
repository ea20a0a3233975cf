"""For teachers: what a class needs and a single learner doesn't. Nothing else imports this."""
