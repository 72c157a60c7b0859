"""How good are the answers? The service's own learner and recommender, under published protocols."""
