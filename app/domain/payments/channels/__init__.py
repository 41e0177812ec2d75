"""The payment companies Bursar can talk to, one folder each."""
