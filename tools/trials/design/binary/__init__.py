"""Binary endpoints: two proportions, one proportion and paired proportions, with their exact and score tests."""
