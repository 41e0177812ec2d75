"""What tests are about, ready made."""
