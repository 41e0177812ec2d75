"""Pages for people: `portal` for merchants, `checkout` for buyers, `auth` for signing in."""
