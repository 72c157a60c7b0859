"""Who is here: decayed interests, session, history and identity of every visitor."""
